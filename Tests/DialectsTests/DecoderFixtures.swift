import Foundation
import GatewayTypes
import NIOCore
import Testing

@testable import Dialects

/// A provider's reply as a file, and what it must teach.
struct ReplyFixture: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let isStream: Bool
    let expected: ExpectedFacts

    var testDescription: String { name }

    var rule: OpenAIUsageRule { OpenAIUsageRule(providerKind: expected.provider) }

    func decoder(hidesUsage: Bool = false) -> any ReplyDecoder {
        isStream ? OpenAIStreamDecoder(rule: rule, hidesUsage: hidesUsage) : OpenAIDocumentDecoder(rule: rule)
    }

    static let all: [ReplyFixture] = {
        guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { return [] }
        return names.sorted().compactMap { name in
            guard !name.hasSuffix(".expected.json"), let dot = name.lastIndex(of: "."),
                let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
                let facts = try? Data(contentsOf: folder.appendingPathComponent(name[..<dot] + ".expected.json")),
                let expected = try? JSONDecoder().decode(ExpectedFacts.self, from: facts)
            else { return nil }
            return ReplyFixture(
                name: name, bytes: Array(data), isStream: name.hasSuffix(".sse"), expected: expected)
        }
    }()

    static var streams: [ReplyFixture] { all.filter { $0.isStream } }
}

struct ExpectedFacts: Decodable {
    let provider: String
    let tokens: [String: Int64]
    let total: Int64?
    let cost: String?
    let finish_reasons: [String]
    let id: String?
    let model: String?
    let tier: String?
    let fingerprint: String?
    let text_bytes: Int
    let token: Bool
    let visible: Bool
    let terminated: Bool
    let failure: String?

    func check(_ facts: ReplyFacts) {
        var tokens: [String: Int64] = [:]
        for type in TokenType.allCases { tokens[type.rawValue] = facts.usage[type] }
        #expect(tokens == self.tokens)
        #expect(facts.usage.reportedTotal == total)
        #expect(facts.usage.reportedCost?.description == cost)
        #expect(facts.finishReasons == finish_reasons)
        #expect(facts.responseID == id)
        #expect(facts.responseModel == model)
        #expect(facts.serviceTier == tier)
        #expect(facts.systemFingerprint == fingerprint)
        #expect(facts.outputTextBytes == text_bytes)
        #expect(facts.tokenSeen == token)
        #expect(facts.visibleTokenSeen == visible)
        #expect(facts.terminated == terminated)
        #expect(facts.failure?.reason.rawValue == failure)
    }
}

/// A reply fed to a decoder in pieces.
struct Replay: Equatable {
    var output: [UInt8] = []
    var facts: String

    init(_ decoder: any ReplyDecoder, _ pieces: [ArraySlice<UInt8>], facts: inout ReplyFacts) {
        var decoder = decoder
        for piece in pieces {
            output += Array(decoder.decode(ByteBuffer(bytes: piece), into: &facts).readableBytesView)
        }
        output += Array(decoder.end(into: &facts).readableBytesView)
        self.facts = String(describing: facts)
    }

    init(_ decoder: any ReplyDecoder, _ pieces: [ArraySlice<UInt8>]) {
        var facts = ReplyFacts()
        self.init(decoder, pieces, facts: &facts)
    }
}
