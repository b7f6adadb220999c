import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// Replies of `/responses` for tests: their bytes, and what was read of them.
enum ResponsesReplies {
    static func fixture(_ name: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        return Array(try Data(contentsOf: folder.appendingPathComponent("Responses/" + name)))
    }

    static func events(_ pieces: [ArraySlice<UInt8>]) -> [ModelEvent] {
        var reader = FramedReader(ResponsesReader(), framing: .byFirstByte)
        var events: [ModelEvent] = []
        for piece in pieces { reader.read(ByteBuffer(bytes: piece), into: &events) }
        reader.end(into: &events)
        return events
    }

    static func events(_ text: String) -> [ModelEvent] { events([Array(text.utf8)[...]]) }

    /// One line an event; neighbouring pieces of one text are one.
    static func lines(_ events: [ModelEvent]) -> [String] {
        var lines: [(kind: String, text: String)] = []
        func add(_ kind: String, _ text: String) {
            if lines.last?.kind == kind { lines[lines.count - 1].text += text } else { lines.append((kind, text)) }
        }
        for event in events {
            switch event {
            case .text(let text, _): add("text", text)
            case .refusal(let text, _): add("refusal", text)
            case .reasoning(let text, _): add("reasoning", text)
            case .toolArguments(let text, let index, _): add("arguments \(index)", text)
            case .toolCall(let call, let index, _): lines.append(("call \(index)", "\(call.id) \(call.name)"))
            case .signature(let signature, _): lines.append(("signature", signature.text))
            case .sealedReasoning(let signature, _): lines.append(("sealed", signature.text))
            case .logprobs(let tokens, _):
                lines.append(("logprobs", tokens.map { "\($0.token) \($0.logprob)" }.joined(separator: ",")))
            case .citation(let source, _):
                lines.append(("citation", "\(source.url ?? "") \(source.start ?? -1) \(source.end ?? -1)"))
            case .finished(let reason, let word, _, _): lines.append(("finished", "\(reason.rawValue) \(word)"))
            case .failed(let failure):
                lines.append(("failed", "\(failure.reason.rawValue) \(failure.upstreamMessage ?? "")"))
            case .usage(let usage):
                let kinds = TokenType.allCases.compactMap { type in usage[type].map { "\(type.rawValue) \($0)" } }
                lines.append(("usage", kinds.joined(separator: ", ")))
            case .media, .systemFingerprint, .embedding, .relevance, .began, .serviceTier, .ended:
                lines.append(("event", String(describing: event)))
            }
        }
        return lines.map { $0.kind + ": " + $0.text }
    }
}
