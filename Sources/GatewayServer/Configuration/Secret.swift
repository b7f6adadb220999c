/// A value that must never be shown. It prints as `<redacted>` wherever it is printed.
public struct Secret: Sendable, Equatable {
    /// Where the value came from.
    public enum Source: Sendable, Equatable {
        case environment(String)
        case file(String)
        /// Written in the file itself; allowed for header values only.
        case literal
    }

    public let source: Source
    /// The value itself; nil when secrets were not resolved. Hand it only to who must send or compare it.
    public let exposed: String?

    public init(source: Source, exposed: String?) {
        self.source = source
        self.exposed = exposed
    }

    /// The place that the value came from, as it is written in the file; never the value.
    public var origin: String {
        switch source {
        case .environment(let name): "env:" + name
        case .file(let path): "file:" + path
        case .literal: "a value in the file"
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
