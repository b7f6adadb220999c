import GatewayTypes

/// The cells of the conventions' inference metrics, as they are called after v1.41. Confined to its shard's loop.
struct InferenceSeries {
    private let labels: [String]
    private let store: SeriesStore
    private var durations: LazyCells<HistogramCell>
    private var inputs: LazyCells<HistogramCell>
    private var outputs: LazyCells<HistogramCell>
    private var usages: LazyCells<CounterCell>

    /// `labels`: operation, provider, model and server.
    init(labels: [String], store: SeriesStore) {
        self.labels = labels
        self.store = store
        let results = FailureReason.allCases.count + 1
        durations = LazyCells(count: results)
        inputs = LazyCells(count: results)
        outputs = LazyCells(count: results)
        usages = LazyCells(count: Counted.allCases.count * Modality.allCases.count)
    }

    /// Operations that the conventions call inference; the others keep the metrics of v1.41.
    static func includes(_ operation: Operation?) -> Bool {
        switch operation {
        case .chat, .textCompletion: true
        case nil, .embeddings, .listModels, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            false
        }
    }

    private enum Counted: Int, CaseIterable {
        case input, output, cacheRead, cacheWrite, reasoning

        var instrument: Instrument {
            switch self {
            case .input: .inferenceInputUsage
            case .output: .inferenceOutputUsage
            case .cacheRead: .inferenceCacheReadUsage
            case .cacheWrite: .inferenceCacheWriteUsage
            case .reasoning: .inferenceReasoningUsage
            }
        }
    }

    private enum Modality: Int, CaseIterable {
        case text, image, audio, unknown

        var word: String {
            switch self {
            case .text: Conventions.Value.text
            case .image: Conventions.Value.image
            case .audio: Conventions.Value.audio
            case .unknown: Conventions.Value.unknown
            }
        }
    }

    /// Every attempt counts; one that told no usage counts as 0 tokens of no known kind.
    mutating func count(_ attempt: borrowing AttemptOutcome, seconds: Double) {
        let reason = attempt.failure?.reason
        let position = reason.map { $0.ordinal + 1 } ?? 0
        let (labels, store) = (labels, store)
        let result = labels + [reason?.rawValue ?? ""]
        durations.at(position) { store.histogram(.inferenceDuration, result) }.record(seconds)
        let usage = attempt.usage
        inputs.at(position) { store.histogram(.inferenceInputTokens, result) }.record(Double(usage.inputTokens ?? 0))
        outputs.at(position) { store.histogram(.inferenceOutputTokens, result) }
            .record(Double(usage.outputTokens ?? 0))
        guard usage.inputTokens != nil || usage.outputTokens != nil else {
            add(0, .input, .unknown)
            return add(0, .output, .unknown)
        }
        let cached = (usage[.cacheRead] ?? 0) + (usage[.cacheWrite] ?? 0)
        add((usage[.input] ?? 0) + cached, .input, .text)
        add(usage[.image], .input, .image)
        add(usage[.audioInput], .input, .audio)
        add((usage[.output] ?? 0) + (usage[.reasoning] ?? 0), .output, .text)
        add(usage[.audioOutput], .output, .audio)
        add(usage[.cacheRead], .cacheRead, .text)
        add(usage[.cacheWrite], .cacheWrite, .text)
        add(usage[.reasoning], .reasoning, .text)
    }

    private mutating func add(_ tokens: Int64?, _ counted: Counted, _ modality: Modality) {
        guard let tokens, tokens >= 0 else { return }
        let (labels, store) = (labels, store)
        usages.at(counted.rawValue * Modality.allCases.count + modality.rawValue) {
            store.counter(counted.instrument, labels + [modality.word])
        }.add(UInt64(tokens))
    }
}
