import GatewayTypes
import NIOCore

/// One POST of a JSON text, and how its answer is understood.
enum Delivery {
    private static let answerCharactersMax = 200

    static func post(
        _ body: ByteBuffer, to endpoint: Endpoint, through fetcher: any HTTPFetcher, deadline: Moment
    ) async -> ChannelAnswer {
        let request = UpstreamRequest(
            endpoint: endpoint, fields: [ReplyField("content-type", "application/json")],
            body: body, deadline: deadline)
        let address = "\(endpoint.serverAddress):\(endpoint.serverPort)"
        do {
            let (head, body) = try await fetcher.fetch(request)
            let text = String(String(buffer: body).prefix(answerCharactersMax))
            let peer = ChannelAnswer.Peer(address: address, status: head.status, text: text)
            return ChannelAnswer(verdict: verdict(on: head), peers: [peer])
        } catch {
            let peer = ChannelAnswer.Peer(address: address, status: nil, text: error.message)
            return ChannelAnswer(verdict: .again(afterSeconds: nil), peers: [peer])
        }
    }

    private static func verdict(on head: UpstreamHead) -> ChannelAnswer.Verdict {
        switch head.status {
        case 200..<300: .delivered
        case 429, 500...:
            .again(afterSeconds: head["retry-after"].flatMap { Double($0) }.flatMap { $0 >= 0 ? $0 : nil })
        default: .refused
        }
    }
}
