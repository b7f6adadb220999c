import Foundation
import GatewayTypes
import JSON
import NIOCore
import Testing

@testable import Dialects

/// Foundation has an `Operation` too.
typealias ModelOperation = GatewayTypes.Operation

/// Compares the scan with Python's `json`, where the environment names a corpus of `json_differential.py`.
struct JSONDifferentialTests {
    static let corpus = ProcessInfo.processInfo.environment["WEIR_JSON_CORPUS"]

    @Test(.enabled(if: corpus != nil))
    func `Weir and Python find the same facts in a body, or both refuse it`() throws {
        let path = try #require(Self.corpus)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var count = 0
        for line in text.split(separator: "\n") {
            let entry = try JSONDecoder().decode(Entry.self, from: Data(line.utf8))
            let body = try #require(Data(base64Encoded: entry.body))
            let operation = try #require(ModelOperation(rawValue: entry.operation))
            let found = Found(operation, body)
            #expect(
                found == entry.facts, "\(entry.operation) \(String(decoding: body, as: UTF8.self).debugDescription)")
            count += 1
        }
        print("bodies compared: \(count)")
        #expect(count >= 3000)
    }

    struct Entry: Decodable {
        let operation: String
        let body: String
        let facts: Found?
    }

    struct Found: Decodable, Equatable {
        let model: String
        let stream: Bool
        let includeUsage: Bool
        let outputTokensMax: Int64?
        let textBytes: Int
        let imageCount: Int
        let toolCount: Int
        let messageCount: Int
        let wantsJSONSchema: Bool
        let serviceTier: String?
        let endUser: String?
        let temperature: Double?
        let topP: Double?
        let choiceCount: Int64
        let seed: Int64?

        init?(_ operation: ModelOperation, _ body: Data) {
            guard
                let request = try? OpenAIClient().parse(
                    call(operation == .chat ? .openAIChat : .openAIEmbeddings), body: ByteBuffer(bytes: body))
            else { return nil }
            let facts = request.facts
            model = request.askedModel
            // A stream of embeddings does not exist; the wish is read all the same.
            stream = operation == .chat ? request.stream : Self.wishesStream(body)
            includeUsage = facts.includeUsage
            outputTokensMax = facts.outputTokensMax
            textBytes = facts.textBytes
            imageCount = facts.imageCount
            toolCount = facts.toolCount
            messageCount = facts.messageCount
            wantsJSONSchema = facts.wantsJSONSchema
            serviceTier = facts.serviceTier
            endUser = facts.endUser
            temperature = facts.temperature
            topP = facts.topP
            choiceCount = facts.choiceCount
            seed = facts.seed
        }

        private static func wishesStream(_ body: Data) -> Bool {
            body.withUnsafeBytes { bytes in
                guard let scanner = JSONScanner(bytes) else { return false }
                var parser = OpenAIRequestParser(scanner)
                try? parser.parse(.embeddings)
                return parser.stream
            }
        }
    }
}
