/// One thing that is wrong, or doubtful, in a configuration file: where, what, and what to do about it.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    public enum Severity: String, Sendable, CaseIterable { case error, warning }

    /// The file as the user named it.
    public let file: String
    /// From 1; 0 where the problem is with the file as a whole.
    public let line: Int
    /// From 1, counted in Unicode scalars; 0 where the problem is with the file as a whole.
    public let column: Int
    /// `models.smart.targets[0].provider`; empty where the problem is not with one setting.
    public let path: String
    /// What is wrong and how to put it right. Never holds a secret.
    public let message: String
    public let severity: Severity

    /// `weir.yaml:12:5: models.smart.targets[0].provider: unknown provider "opena1"; did you mean "openai"?`
    public var description: String {
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        switch severity {
        case .error: break
        case .warning: text += "warning: "
        }
        return path.isEmpty ? text + message : text + path + ": " + message
    }
}

/// Everything that is wrong with a configuration, in the order of the file. At least one of them is an error.
public struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
    public let problems: [ConfigurationProblem]

    public var errors: [ConfigurationProblem] { problems.filter { $0.severity == .error } }
    public var warnings: [ConfigurationProblem] { problems.filter { $0.severity == .warning } }

    /// One line per problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
