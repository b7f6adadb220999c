import GatewayTypes
import NIOCore

/// What events say, however their texts are cut.
struct EventDigest: Equatable {
    private(set) var lines: [String] = []
    private var lastKey = ""

    init(_ events: [ModelEvent]) {
        for event in events {
            switch event {
            case .text(let text, let choice): add("text \(choice)", text)
            case .refusal(let text, let choice): add("refusal \(choice)", text)
            case .reasoning(let text, let choice): add("reasoning \(choice)", text)
            case .toolArguments(let text, let index, let choice): add("arguments \(index) \(choice)", text)
            case .failed(let failure): close("failed \(failure.reason) \(failure.message) \(failure.retryable)")
            case .usage(let usage): close("usage \(usage.digest)")
            case .began, .signature, .sealedReasoning, .toolCall, .media, .logprobs, .citation, .finished,
                .serviceTier, .systemFingerprint, .embedding, .relevance, .ended:
                close(String(describing: event))
            }
        }
    }

    private mutating func add(_ key: String, _ text: String) {
        guard !text.isEmpty else { return }
        if key == lastKey { lines[lines.count - 1] += text } else { lines.append(key + ": " + text) }
        lastKey = key
    }

    private mutating func close(_ line: String) {
        lines.append(line)
        lastKey = ""
    }
}

extension Usage {
    /// All counts in words. Whoever adds them up must not be stopped by what a provider claims.
    var digest: String {
        let counts = TokenType.allCases.map { self[$0].map(String.init) ?? "-" }
        let billed = BilledUnit.allCases.map { units[$0].map(String.init) ?? "-" }
        let sums = [inputTokens, outputTokens, totalTokens, reportedTotal].map { $0.map(String.init) ?? "-" }
        return "\(source) \(counts) \(billed) \(sums) \(cacheWriteHourTokens) \(reportedCost?.description ?? "-")"
    }
}

extension ReplyFacts {
    /// All facts in words.
    var digest: String {
        var failed = ""
        if let failure { failed = "\(failure.reason) \(failure.message)" }
        return """
            \(tokenSeen) \(visibleTokenSeen) \(usage.digest) \(finishReasons) \(outputTextBytes) \
            \(responseID ?? "-") \(responseModel ?? "-") \(serviceTier ?? "-") \(systemFingerprint ?? "-") \(terminated) \
            \(failed)
            """
    }
}

func events(of reader: any ReplyReader, _ parts: [ByteBuffer]) -> [ModelEvent] {
    var reader = reader
    var events: [ModelEvent] = []
    for part in parts { reader.read(part, into: &events) }
    reader.end(into: &events)
    return events
}

/// A reader must say the same of a reply whole and in pieces; its events.
func checkSplits(_ name: String, _ make: () -> any ReplyReader, _ bytes: ArraySlice<UInt8>, seed: UInt64) throws
    -> [ModelEvent]
{
    let whole = events(of: make(), [ByteBuffer(bytes: bytes)])
    let cut = EventDigest(events(of: make(), pieces(of: bytes, seed: seed)))
    let expected = EventDigest(whole)
    guard cut == expected else {
        throw BrokenPromise("\(name): whole \(expected.lines)\nin pieces (\(seed)) \(cut.lines)")
    }
    var facts = ReplyFacts()
    for event in whole { facts.note(event) }
    _ = facts.digest
    return whole
}

func passed(_ decoder: any ReplyDecoder, _ parts: [ByteBuffer]) -> (bytes: [UInt8], facts: String) {
    var decoder = decoder
    var facts = ReplyFacts()
    var bytes: [UInt8] = []
    for part in parts { bytes += decoder.decode(part, into: &facts).readableBytesView }
    bytes += decoder.end(into: &facts).readableBytesView
    return (bytes, facts.digest)
}

/// A tap must pass the same bytes and learn the same facts whole and in pieces; `isWhole`: all bytes pass.
func checkTap(
    _ name: String, _ make: () -> any ReplyDecoder, _ bytes: ArraySlice<UInt8>, seed: UInt64, isWhole: Bool = true
) throws {
    let whole = passed(make(), [ByteBuffer(bytes: bytes)])
    let cut = passed(make(), pieces(of: bytes, seed: seed))
    guard whole.facts == cut.facts else {
        throw BrokenPromise("\(name): facts\n\(whole.facts)\nin pieces (\(seed))\n\(cut.facts)")
    }
    guard whole.bytes == cut.bytes else { throw BrokenPromise("\(name): other bytes in pieces (\(seed))") }
    guard !isWhole || whole.bytes == Array(bytes) else { throw BrokenPromise("\(name): bytes were changed") }
}
