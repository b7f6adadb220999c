/// Reads what a request says to the model, whatever its dialect. It takes a pass over the whole body: for those who need
/// the words.
public protocol PromptReader: Sendable {
    /// Nil where the operation has no such text, or it cannot be read.
    func prompt(of request: ModelRequest) -> Prompt?
}

/// The text of a request.
public struct Prompt: Sendable, Equatable {
    /// What stands before the conversation.
    public var system = ""
    /// The turns' text in their order, without what is not text.
    public var turns: [Turn] = []

    public struct Turn: Sendable, Equatable {
        public var isUser: Bool
        public var text: String

        public init(isUser: Bool, text: String) {
            self.isUser = isUser
            self.text = text
        }
    }

    public init() {}

    /// What the user said last: what the request is about.
    public var question: String { turns.last { $0.isUser && !$0.text.isEmpty }?.text ?? turns.last?.text ?? "" }
}
