/// One turn of a conversation.
public struct ChatMessage: Sendable, Equatable {
    public enum Role: String, Sendable {
        /// An instruction in the middle of a conversation; those before it stand in `ChatRequest.system`.
        case system
        case user, assistant
    }

    public var role: Role
    /// Results of tools stand in turns of the user.
    public var parts: [ChatPart]

    public init(_ role: Role, _ parts: [ChatPart]) {
        self.role = role
        self.parts = parts
    }
}

/// A piece of a turn.
public enum ChatPart: Sendable, Equatable {
    case text(String)
    case refusal(String)
    case media(Media)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    case reasoning(Reasoning)
    /// All up to here may be kept by the provider for later requests; seconds to live, nil: its default.
    case cacheMark(seconds: Int64?)
}

/// An image, sound or document.
public struct Media: Sendable, Equatable {
    public enum Kind: String, Sendable { case image, audio, file }
    public enum Source: Sendable, Equatable {
        case url(String)
        /// Base64 text of the bytes.
        case base64(String)
        /// The provider's own name of an uploaded file.
        case fileID(String)
    }

    public var kind: Kind
    public var source: Source
    /// `image/png`, `audio/wav`, `application/pdf`, …; nil where not said.
    public var mimeType: String?
    public var name: String?
    /// OpenAI's `detail` of an image: `low`, `high`, `auto`.
    public var detail: String?

    public init(_ kind: Kind, _ source: Source, mimeType: String? = nil, name: String? = nil, detail: String? = nil) {
        self.kind = kind
        self.source = source
        self.mimeType = mimeType
        self.name = name
        self.detail = detail
    }
}

/// A tool that the model asks the client to run.
public struct ToolCall: Sendable, Equatable {
    public var id: String
    public var name: String
    /// A JSON object as JSON text.
    public var arguments: String
    /// Opaque proof that the model made the call (Gemini's `thoughtSignature` of a call).
    public var signature: Signature?

    public init(id: String, name: String, arguments: String, signature: Signature? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.signature = signature
    }
}

/// What a tool answered.
public struct ToolResult: Sendable, Equatable {
    public var callID: String
    /// The tool's name; nil where the client's dialect does not repeat it: encoders look it up among the calls.
    public var name: String?
    public var parts: [ChatPart]
    public var isError: Bool

    public init(callID: String, name: String? = nil, parts: [ChatPart], isError: Bool = false) {
        self.callID = callID
        self.name = name
        self.parts = parts
        self.isError = isError
    }
}

/// What the model thought: its text, or only a sealed form of it.
public struct Reasoning: Sendable, Equatable {
    public var text: String
    public var signature: Signature?
    /// The provider's sealed form of thoughts that it does not show.
    public var sealed: Signature?

    public init(text: String, signature: Signature? = nil, sealed: Signature? = nil) {
        self.text = text
        self.signature = signature
        self.sealed = sealed
    }
}

/// An opaque text by which a provider knows its own thoughts again. It means something to the dialect it came from only:
/// towards clients of another dialect it carries that origin (`gemini~…`), and encoders of others leave it out.
public struct Signature: Sendable, Equatable {
    public let origin: DialectName
    public let text: String

    public init(origin: DialectName, text: String) {
        self.origin = origin
        self.text = text
    }

    /// As it stands in a client's request of `dialect`.
    public init(written: String, in dialect: DialectName) {
        if let mark = written.firstIndex(of: "~"), let origin = DialectName(rawValue: String(written[..<mark])) {
            self.init(origin: origin, text: String(written[written.index(after: mark)...]))
        } else {
            self.init(origin: dialect, text: written)
        }
    }

    /// As it is shown to a client of `dialect`.
    public func written(in dialect: DialectName) -> String {
        origin == dialect ? text : origin.rawValue + "~" + text
    }

    /// For a provider of `dialect`; nil where it is not that provider's own.
    public func text(for dialect: DialectName) -> String? { origin == dialect ? text : nil }
}
