/// One turn of a conversation as the GenAI conventions show it.
struct ContentMessage: Equatable {
    var role: String
    var parts: [ContentPart]
    /// Of generated turns, in the conventions' words.
    var finish: String?
}

/// A piece of a turn.
struct ContentPart: Equatable {
    enum Kind: String {
        case text, reasoning, uri, file, blob
        case toolCall = "tool_call"
        case toolResponse = "tool_call_response"
    }

    var kind: Kind
    /// The text itself, a call's arguments, a tool's answer, an address or a file's name. Bytes are never shown.
    var text = ""
    /// Of calls and their answers.
    var id: String?
    var name: String?
    /// Of media: `image`, `audio` or `document`.
    var modality: String?
    var mimeType: String?

    init(_ kind: Kind, _ text: String = "", id: String? = nil, name: String? = nil) {
        self.kind = kind
        self.text = text
        self.id = id
        self.name = name
    }
}
