import GatewayTypes
import JSON
import NIOCore

/// Writes an edit into a request's body: what is the same in every dialect.
struct RequestEditor {
    let body: ByteBuffer
    let root: JSONValue
    let edit: RequestEdit
    var object: ObjectEdit

    init(_ body: ByteBuffer, _ edit: RequestEdit) throws(Failure) {
        let document: JSONDocument
        do throws(JSONProblem) {
            document = try JSONDocument(body, strict: true)
        } catch {
            throw Failure(inBody: error)
        }
        guard document.root.isObject else { throw Failure(.badRequest, "The body must be a JSON object.") }
        self.body = body
        self.edit = edit
        root = document.root
        object = ObjectEdit(document.root)
    }

    /// The edited body. Members come last: they are set whatever else was.
    consuming func finish() -> ByteBuffer {
        for member in edit.members {
            if let json = member.json { object.set(member.name, json: json) } else { object.remove(member.name) }
        }
        if let model = edit.model { object.set("model", json: ObjectEdit.string(model)) }
        return object.text(of: body)
    }

    /// Parameters that stand at the top under the names of OpenAI's API.
    mutating func setParameters(_ known: Set<ModelParameter>) {
        for rule in edit.parameters where known.contains(rule.parameter) {
            let written = root.members.first { $0.key == rule.parameter.rawValue }?.value
            if let json = rule.replacement(for: written?.double) { object.set(rule.parameter.rawValue, json: json) }
        }
    }

    /// Several instructions as one text.
    static func joined(_ texts: [String]) -> String { texts.joined(separator: "\n\n") }

    /// How many elements of a list of messages are instructions at its beginning.
    static func leadingInstructions(in list: JSONValue?) -> Int {
        let elements = list?.elements ?? []
        return elements.firstIndex { element in
            let role = element["role"]
            return !(role?.says("system") ?? false) && !(role?.says("developer") ?? false)
        } ?? elements.count
    }

    static func misplaced(_ name: String, _ kind: String) -> Failure {
        Failure(.badRequest, "`\(name)` must be \(kind).", param: name)
    }
}
