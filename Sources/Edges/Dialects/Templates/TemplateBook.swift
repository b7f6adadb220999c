public import GatewayTypes
import JSON
public import NIOCore

/// The configured templates by name, and how clients ask for them: by the member `prompt` of OpenAI's Responses API, on
/// every surface of conversations.
public struct TemplateBook: PromptTemplates {
    public struct Entry: Sendable {
        let name: ConfiguredName
        let model: String?
        /// The version where the client names none.
        let standard: Int
        let versions: [PromptTemplate]

        /// `versions`: at least one; `standard` is one of theirs.
        public init(name: ConfiguredName, model: String?, standard: Int, versions: [PromptTemplate]) {
            self.name = name
            self.model = model
            self.standard = standard
            self.versions = versions
        }
    }

    private let entries: [String: Entry]
    private static let key = Array("\"prompt\"".utf8)
    /// How OpenAI names the templates that it keeps itself.
    private static let providersOwn = "pmpt_"

    public init(_ entries: [Entry]) {
        self.entries = Dictionary(entries.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: The client's wish

    public func call(in body: ByteBuffer, of surface: Surface) throws(Failure) -> TemplateCall? {
        guard surface.operation == .chat, Self.holdsKey(body) else { return nil }
        let document: JSONDocument
        // What is no JSON is the dialect's to say.
        do throws(JSONProblem) { document = try JSONDocument(body, strict: true) } catch { return nil }
        guard let prompt = document.root["prompt"], prompt.isObject else { return nil }
        let id = prompt["id"] ?? prompt["name"]
        if surface == .openAIResponses, id?.string?.hasPrefix(Self.providersOwn) ?? false { return nil }
        guard let name = id?.string, !name.isEmpty else {
            throw Self.wrong("id", "`prompt.id` must be the name of a template.")
        }
        return TemplateCall(
            name: name, version: try Self.version(prompt["version"]), variables: try Self.variables(prompt),
            model: document.root["model"]?.string)
    }

    private static func holdsKey(_ body: ByteBuffer) -> Bool {
        body.withUnsafeReadableBytes { bytes in
            guard bytes.count >= key.count else { return false }
            for start in 0...bytes.count - key.count where bytes[start] == key[0] {
                if key.indices.allSatisfy({ bytes[start + $0] == key[$0] }) { return true }
            }
            return false
        }
    }

    /// OpenAI's versions are texts.
    private static func version(_ value: JSONValue?) throws(Failure) -> Int? {
        guard let value else { return nil }
        guard let number = value.integer ?? value.string.flatMap({ Int64($0) }), number >= 1 else {
            throw wrong("version", "`prompt.version` must be the number of a version.")
        }
        return Int(number)
    }

    private static func variables(_ prompt: JSONValue) throws(Failure) -> [(name: String, value: TemplateValue)] {
        guard let variables = prompt["variables"] else { return [] }
        guard variables.isObject else { throw wrong("variables", "`prompt.variables` must be an object.") }
        return variables.members.map { (name: $0.key, value: Self.value($0.value)) }
    }

    private static func value(_ value: JSONValue) -> TemplateValue {
        if let text = value.string { return .text(text) }
        if let flag = value.bool { return .boolean(flag) }
        if let number = value.integer { return .integer(number) }
        return value.isNumber ? .number(value.raw) : .other
    }

    // MARK: The template

    public func expand(_ call: TemplateCall) throws(Failure) -> ExpandedTemplate {
        guard let entry = entries[call.name] else {
            let known = entries.keys.sorted().prefix(20).joined(separator: ", ")
            throw Self.wrong("id", "There is no template \"\(call.name.prefix(100))\"; known templates: \(known).")
        }
        let version = call.version ?? entry.standard
        guard let template = entry.versions.first(where: { $0.version == version }) else {
            let known = entry.versions.map { String($0.version) }.joined(separator: ", ")
            throw Self.wrong(
                "version", "The template \(entry.name.text) has no version \(version); its versions: \(known).")
        }
        return ExpandedTemplate(
            use: TemplateUse(name: entry.name, version: version), model: entry.model,
            edit: try template.edit(with: call.variables))
    }

    static func wrong(_ member: String, _ message: String) -> Failure {
        Failure(.badRequest, message, param: "prompt." + member)
    }
}
