/// What is wrong with a JSON text.
public enum JSONProblem: Error, Equatable {
    /// Not JSON (RFC 8259), or beyond a limit; `offset` counts bytes from the text's start.
    case syntax(String, offset: Int)
    /// JSON, but not what this member may be: which member, and a sentence for the client.
    case member(String, String)
}
