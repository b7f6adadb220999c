/// What is to change in a client's request, apart from any dialect: a dialect writes it into the client's own bytes, and
/// leaves every other one as it came.
public struct RequestEdit: Sendable {
    /// Instructions that go before the client's own, and behind them.
    public var systemBefore: [String] = []
    public var systemAfter: [String] = []
    /// Turns that go before the client's first.
    public var opening: [TemplateTurn] = []
    public var parameters: [ParameterRule] = []
    /// The model to ask for, where the body names it.
    public var model: String?
    /// Top-level members by name, and the JSON that they are to hold; nil takes the member out.
    public var members: [(name: String, json: String?)] = []

    public init() {}

    /// Whether it changes the conversation, which only some requests are.
    public var changesConversation: Bool { !systemBefore.isEmpty || !systemAfter.isEmpty || !opening.isEmpty }
    public var isEmpty: Bool { !changesConversation && parameters.isEmpty && members.isEmpty && model == nil }
}

/// A turn that a template writes.
public struct TemplateTurn: Sendable, Equatable {
    public let role: ChatMessage.Role
    public let text: String

    public init(role: ChatMessage.Role, text: String) {
        self.role = role
        self.text = text
    }
}

/// A parameter of a request that most dialects have a word for.
public enum ModelParameter: String, CaseIterable, Sendable {
    case temperature
    case topP = "top_p"
    case frequencyPenalty = "frequency_penalty"
    case presencePenalty = "presence_penalty"
    case seed
}

/// What one parameter may be. Numbers are kept as they are written in JSON.
public struct ParameterRule: Sendable, Equatable {
    public let parameter: ModelParameter
    /// Where the client says nothing.
    public let standard: String?
    /// The largest that the client may ask for.
    public let most: String?
    /// Whatever the client says.
    public let forced: String?

    public init(_ parameter: ModelParameter, standard: String? = nil, most: String? = nil, forced: String? = nil) {
        self.parameter = parameter
        self.standard = standard
        self.most = most
        self.forced = forced
    }

    /// What is to stand there instead of what the client wrote; nil: that stays.
    public func replacement(for written: Double?) -> String? {
        if let forced { return forced }
        guard let written else { return standard }
        guard let most, let bound = Double(most), written > bound else { return nil }
        return most
    }
}

/// What a route changes in the requests that it takes.
public struct Decoration: Sendable {
    public let edit: RequestEdit
    /// Output tokens where the client says nothing, and the most that it may ask for.
    public let outputTokensStandard: Int64?
    public let outputTokensMax: Int64?

    public init(edit: RequestEdit, outputTokensStandard: Int64?, outputTokensMax: Int64?) {
        self.edit = edit
        self.outputTokensStandard = outputTokensStandard
        self.outputTokensMax = outputTokensMax
    }

    /// The most output tokens for a request; nil: as the client asked.
    public func outputTokensMax(asked: Int64?) -> Int64? {
        let standard = asked == nil ? outputTokensStandard : nil
        guard let standard, let outputTokensMax else { return standard ?? outputTokensMax }
        return min(standard, outputTokensMax)
    }
}
