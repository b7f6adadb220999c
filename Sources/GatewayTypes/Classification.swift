/// Says which class a request is of: `simple` or `hard`, `chat` or `extraction`, whatever the configuration names.
public protocol RequestClassifier: Sendable {
    var name: ConfiguredName { get }
    /// Never fails: what cannot be decided is of the default class. `mayAsk`: whether models may be asked, which costs;
    /// else what is known already decides.
    func classify(_ exchange: Exchange, mayAsk: Bool) async -> Classification
}

/// The class of a request, and why.
public final class Classification: Sendable {
    /// How it came about: the label `result` of `weir_classifications_total`.
    public enum Result: String, CaseIterable, Sendable {
        case decided
        /// A model's verdict of earlier.
        case cached
        /// Nothing fitted well enough.
        case fallback = "default"
        /// The model that decides did not answer in time, or not at all: the default class.
        case timeout, error

        @inlinable public var index: Int {
            switch self {
            case .decided: 0
            case .cached: 1
            case .fallback: 2
            case .timeout: 3
            case .error: 4
            }
        }
    }

    public let classifier: ConfiguredName
    public let decided: ConfiguredName
    /// 0 … 1, as the classifier has it; 0 of the default class.
    public let confidence: Double
    public let result: Result
    /// For people. Holds no text of the request.
    public let reason: String
    /// How long it took.
    public let seconds: Double
    /// Whether that was spent waiting for a model, which is not Weir's own time.
    public let waited: Bool

    public init(
        classifier: ConfiguredName, decided: ConfiguredName, confidence: Double, result: Result, reason: String,
        seconds: Double, waited: Bool = false
    ) {
        self.classifier = classifier
        self.decided = decided
        self.confidence = confidence
        self.result = result
        self.reason = reason
        self.seconds = seconds
        self.waited = waited
    }

    /// `class hard by difficulty (1.0): rule 1: holds code`
    public var text: String {
        "class \(decided.text) by \(classifier.text) (\((confidence * 1000).rounded() / 1000)): \(reason)"
    }
}
