extension Kind where Value == Secret {
    private static let words = "`env:NAME` or `file:PATH`"

    /// A secret, always kept outside of the file.
    static let secret = Kind(.text("secret, \(words)", pattern: "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")) {
        tree, path, reader in
        guard case .text(let text, _) = tree.content else {
            reader.error(at: path, tree.mark, "expected a secret (env:NAME or file:PATH), found \(tree.kindInWords)")
            return nil
        }
        guard let source = source(text) else {
            // The text is never repeated: it may be the secret itself.
            reader.error(
                at: path, tree.mark,
                "a secret must not be written into this file; write env:NAME or file:PATH, and change the "
                    + "secret if it has been shared"
            )
            return nil
        }
        return resolve(source, tree.mark, path, reader)
    }

    /// The value of a header: a secret, or text.
    static let headerValue = Kind(.text("text, or a secret: \(words)", pattern: nil)) { tree, path, reader in
        guard case .text(let text, _) = tree.content else {
            reader.error(at: path, tree.mark, "expected text, env:NAME or file:PATH, found \(tree.kindInWords)")
            return nil
        }
        if let source = source(text) { return resolve(source, tree.mark, path, reader) }
        if let fault = valueFault(text) {
            reader.error(at: path, tree.mark, "the value \(fault)")
            return nil
        }
        return Secret(source: .literal, exposed: text)
    }

    private static func source(_ text: String) -> Secret.Source? {
        if text.hasPrefix("env:") {
            let name = text.dropFirst(4)
            guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.allSatisfy(isNameByte) else {
                return nil
            }
            return .environment(String(name))
        }
        if text.hasPrefix("file:"), text.utf8.count > 5, !text.unicodeScalars.contains(where: Words.isControl) {
            return .file(String(text.dropFirst(5)))
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    private static func resolve(
        _ source: Secret.Source, _ mark: Mark, _ path: SettingPath, _ reader: SettingReader
    ) -> Secret? {
        guard reader.resolvesSecrets else { return Secret(source: source, exposed: nil) }
        switch source {
        case .literal: return nil
        case .environment(let name):
            guard let value = reader.environment[name] else {
                reader.error(at: path, mark, "the environment variable \(Words.shortened(name)) is not set; export it")
                return nil
            }
            return checked(value, source, "the environment variable \(Words.shortened(name))", mark, path, reader)
        case .file(let name):
            let place = BoundedFile.resolve(name, in: reader.directory)
            do throws(BoundedFile.Fault) {
                let bytes = try BoundedFile.read(place, bytesMax: 64 << 10)
                return checked(trimmed(bytes), source, "the file \(Words.shortened(place))", mark, path, reader)
            } catch {
                switch error {
                case .unreadable(let why):
                    reader.error(at: path, mark, "the file \(Words.shortened(place)) cannot be read: \(why)")
                case .tooLarge(let bytesMax):
                    let most = ByteSize.text(bytesMax)
                    reader.error(at: path, mark, "the file \(Words.shortened(place)) is larger than \(most)")
                }
                return nil
            }
        }
    }

    private static func checked(
        _ value: String, _ source: Secret.Source, _ origin: String, _ mark: Mark, _ path: SettingPath,
        _ reader: SettingReader
    ) -> Secret? {
        if let fault = valueFault(value) {
            reader.error(at: path, mark, "\(origin) \(fault)")
            return nil
        }
        return Secret(source: source, exposed: value)
    }

    /// Without the line breaks at its end, which editors and `echo` add.
    private static func trimmed(_ bytes: [UInt8]) -> String {
        var bytes = bytes[...]
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Why a value cannot be sent in a header.
    private static func valueFault(_ value: String) -> String? {
        if value.isEmpty { return "is empty" }
        if value.unicodeScalars.contains(where: { Words.isControl($0) && $0 != "\t" }) {
            return "holds a line break or another control character"
        }
        if value.first == " " || value.last == " " { return "begins or ends with a space" }
        return nil
    }
}
