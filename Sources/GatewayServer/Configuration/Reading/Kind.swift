/// How a value is written in the file and what it becomes: one half of a field's declaration.
struct Kind<Value: Sendable>: Sendable {
    let shape: Shape
    /// Reports what is wrong and returns nil, else returns the value.
    let read: @Sendable (SettingTree, SettingPath, SettingReader) -> Value?
    /// The value as it would be written; nil where there is nothing to write.
    let write: @Sendable (Value) -> String?

    init(
        _ shape: Shape, read: @escaping @Sendable (SettingTree, SettingPath, SettingReader) -> Value?,
        write: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) {
        self.shape = shape
        self.read = read
        self.write = write
    }

    /// A value written as one text. `parse` returns the value, or says what is wrong (the text is not repeated for it).
    static func scalar(
        _ shape: Shape, expected: String,
        parse: @escaping @Sendable (String, _ quoted: Bool) -> Parsed<Value>,
        write: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) -> Kind {
        Kind(
            shape,
            read: { tree, path, reader in
                guard case .text(let text, let quoted) = tree.content else {
                    reader.error(at: path, tree.mark, "expected \(expected), found \(tree.kindInWords)")
                    return nil
                }
                switch parse(text, quoted) {
                case .value(let value): return value
                case .wrong(let message):
                    reader.error(at: path, tree.mark, message)
                    return nil
                }
            }, write: write)
    }
}

/// The result of reading one text.
enum Parsed<Value> {
    case value(Value)
    /// What is wrong and what to write instead.
    case wrong(String)

    init(_ value: Value?, else message: @autoclosure () -> String) {
        if let value { self = .value(value) } else { self = .wrong(message()) }
    }
}
