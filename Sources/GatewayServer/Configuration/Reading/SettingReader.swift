/// One reading of one file: collects every problem, and remembers where each setting stands so that later checks can
/// point at it.
final class SettingReader {
    let file: String
    /// What relative paths start from.
    let directory: String
    let environment: [String: String]
    let resolvesSecrets: Bool
    private(set) var problems: [ConfigurationProblem] = []
    private var marks: [SettingPath: Mark] = [:]

    init(file: String, directory: String, environment: [String: String], resolvesSecrets: Bool) {
        self.file = file
        self.directory = directory
        self.environment = environment
        self.resolvesSecrets = resolvesSecrets
    }

    /// In the order of the file.
    var sortedProblems: [ConfigurationProblem] {
        problems.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }

    func remember(_ path: SettingPath, at mark: Mark) { marks[path] = mark }

    func isWritten(_ path: SettingPath) -> Bool { marks[path] != nil }

    /// The place of a setting, else of the nearest thing around it that is written.
    func mark(of path: SettingPath) -> Mark {
        var text = Substring(path.text)
        while !text.isEmpty {
            if let mark = marks[SettingPath(text: String(text))] { return mark }
            guard let cut = text.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            text = text[..<cut]
        }
        return .start
    }

    /// Whether something was reported of a setting or of what is in it.
    func hasProblem(within path: SettingPath) -> Bool {
        problems.contains {
            $0.path == path.text || $0.path.hasPrefix(path.text + ".") || $0.path.hasPrefix(path.text + "[")
        }
    }

    func error(at path: SettingPath, _ mark: Mark, _ message: String) { report(path, mark, message, .error) }

    func error(at path: SettingPath, _ message: String) { report(path, mark(of: path), message, .error) }

    func warning(at path: SettingPath, _ message: String) { report(path, mark(of: path), message, .warning) }

    private func report(
        _ path: SettingPath, _ mark: Mark, _ message: String, _ severity: ConfigurationProblem.Severity
    ) {
        problems.append(
            ConfigurationProblem(
                file: file, line: mark.line, column: mark.column, path: path.text, message: message,
                severity: severity))
    }
}
