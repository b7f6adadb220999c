public import Authentication
public import Crypto

/// A configuration without errors, and what is doubtful about it.
public struct LoadedConfiguration: Sendable {
    public let configuration: Configuration
    public let warnings: [ConfigurationProblem]
    /// The file alone, and with what the admin API declares.
    let file: SettingTree
    let tree: SettingTree
}

/// What other rooms know and the checks ask for; each may be left out.
public struct ConfigurationKnowledge: Sendable {
    /// SHA-256 as 64 lower-case hexadecimal digits.
    public var sha256: (@Sendable (String) -> String)?
    /// Whether the built-in catalogue has a price for a provider's model.
    public var isPriced: (@Sendable (Configuration.Provider, _ model: String) -> Bool)?
    /// Why certificates cannot be shown; nil: they can.
    public var tlsProblem: (@Sendable (TLSServerSettings) -> String?)?

    /// Why an issuer's keys of a file cannot be used; nil: they can.
    public var keySetProblem: (@Sendable (_ path: String, [TokenAlgorithm]) -> String?)?

    public init(
        sha256: (@Sendable (String) -> String)? = nil,
        isPriced: (@Sendable (Configuration.Provider, _ model: String) -> Bool)? = nil,
        tlsProblem: (@Sendable (TLSServerSettings) -> String?)? = nil,
        keySetProblem: (@Sendable (_ path: String, [TokenAlgorithm]) -> String?)? = nil
    ) {
        self.sha256 = sha256
        self.isPriced = isPriced
        self.tlsProblem = tlsProblem
        self.keySetProblem = keySetProblem
    }
}

extension Configuration {
    /// Reads a configuration file and everything that it refers to. All problems are reported at once.
    ///
    /// - Parameter resolveSecrets: false leaves `env:` and `file:` unread, for checks on machines without the secrets.
    public static func load(
        path: String, environment: [String: String], resolveSecrets: Bool = true,
        knowledge: ConfigurationKnowledge = ConfigurationKnowledge()
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        load(path: path, declared: [], environment: environment, resolveSecrets: resolveSecrets, knowledge: knowledge)
    }

    /// Likewise, with what the admin API declares beside it.
    static func load(
        path: String, declared: [DeclaredResource], environment: [String: String], resolveSecrets: Bool = true,
        knowledge: ConfigurationKnowledge
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let reader = SettingReader(
            file: path, directory: BoundedFile.directory(of: path), environment: environment,
            resolvesSecrets: resolveSecrets)
        do throws(BoundedFile.Fault) {
            let bytes = try BoundedFile.read(path, bytesMax: YAMLDocument.bytesMax)
            return load(bytes: bytes, declared, reader, knowledge)
        } catch {
            switch error {
            case .unreadable(let why):
                return fail(
                    reader, "cannot be read: \(why); name another file with --config, or write one with weir init")
            case .tooLarge(let bytesMax):
                return fail(reader, "is larger than \(ByteSize.text(bytesMax)), which no configuration needs")
            }
        }
    }

    /// Reads a configuration from memory. `file` is for messages, `directory` for relative paths.
    public static func load(
        bytes: [UInt8], file: String, directory: String, environment: [String: String], resolveSecrets: Bool = true,
        knowledge: ConfigurationKnowledge = ConfigurationKnowledge()
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let reader = SettingReader(
            file: file, directory: directory, environment: environment, resolvesSecrets: resolveSecrets)
        return load(bytes: bytes, [], reader, knowledge)
    }

    /// Checks a tree that was read before, with what the admin API declares beside it.
    static func load(
        tree: SettingTree, declared: [DeclaredResource], file: String, environment: [String: String],
        knowledge: ConfigurationKnowledge
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let reader = SettingReader(
            file: file, directory: BoundedFile.directory(of: file), environment: environment, resolvesSecrets: true)
        return load(tree: tree, declared, reader, knowledge)
    }

    /// Checks a text as if it were the file, without reading its secrets.
    static func load(
        text: String, declared: [DeclaredResource], file: String, knowledge: ConfigurationKnowledge
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let reader = SettingReader(
            file: file, directory: BoundedFile.directory(of: file), environment: [:], resolvesSecrets: false)
        return load(bytes: Array(text.utf8), declared, reader, knowledge)
    }

    private static func load(
        bytes: [UInt8], _ declared: [DeclaredResource], _ reader: SettingReader, _ knowledge: ConfigurationKnowledge
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        guard bytes.count <= YAMLDocument.bytesMax else {
            return fail(reader, "is larger than \(ByteSize.text(YAMLDocument.bytesMax)), which no configuration needs")
        }
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        guard let text = String(validating: isMarked ? bytes[3...] : bytes[...], as: UTF8.self) else {
            return fail(reader, "is not UTF-8 text; save it as UTF-8")
        }
        let document = YAMLDocument(text)
        for fault in document.faults { reader.error(at: fault.path, fault.mark, fault.message) }
        // A text that is not YAML says nothing about what is missing in it.
        guard document.isComplete else { return .failure(ConfigurationProblems(problems: reader.sortedProblems)) }
        return load(tree: document.tree, declared, reader, knowledge)
    }

    private static func load(
        tree file: SettingTree, _ declared: [DeclaredResource], _ reader: SettingReader,
        _ knowledge: ConfigurationKnowledge
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let tree = DeclaredResource.merge(declared, into: file, reader).tree
        var configuration = section.read(tree, at: .root, reader)
        configuration.resolveDefaultPaths(reader)
        if let sha256 = knowledge.sha256 {
            configuration.fingerprint = ConfigurationFingerprint(tree, sha256: sha256)
        }
        ConfigurationChecks(configuration: configuration, reader: reader, knowledge: knowledge).run()
        let problems = reader.sortedProblems
        guard problems.allSatisfy({ $0.severity == .warning }) else {
            return .failure(ConfigurationProblems(problems: problems))
        }
        return .success(LoadedConfiguration(configuration: configuration, warnings: problems, file: file, tree: tree))
    }

    private static func fail(
        _ reader: SettingReader, _ message: String
    ) -> Result<LoadedConfiguration, ConfigurationProblems> {
        let problem = ConfigurationProblem(
            file: reader.file, line: 0, column: 0, path: "", message: message, severity: .error)
        return .failure(ConfigurationProblems(problems: [problem]))
    }

    /// Written paths start from the file's directory, and so do the defaults.
    private mutating func resolveDefaultPaths(_ reader: SettingReader) {
        let storage = SettingPath.root.key("storage")
        if !reader.isWritten(storage.key("path")) {
            self.storage.path = BoundedFile.resolve(self.storage.path, in: reader.directory)
        }
        if !reader.isWritten(storage.key("journal")) {
            self.storage.journal = BoundedFile.resolve(self.storage.journal, in: reader.directory)
        }
    }
}
