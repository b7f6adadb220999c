public import GatewayTypes
import JSON
public import NIOCore

extension GeminiClient {
    public func edited(
        _ body: ByteBuffer, of surface: Surface, by edit: RequestEdit
    ) throws(Failure) -> ByteBuffer {
        var editor = try RequestEditor(body, edit)
        let members = GeminiMembers(editor.root)
        if !edit.systemBefore.isEmpty || !edit.systemAfter.isEmpty { try Self.instruct(&editor, members) }
        if !edit.opening.isEmpty {
            let contents = members.written("contents").flatMap { $0.isNull ? nil : $0 }
            if let contents, !contents.isArray { throw RequestEditor.misplaced("contents", "an array") }
            editor.object.set("contents", ObjectEdit.inserting(edit.opening.map(Self.content), at: 0, in: contents))
        }
        if surface == .geminiGenerate, !edit.parameters.isEmpty { try Self.configure(&editor, members) }
        return editor.finish()
    }

    private static func instruct(_ editor: inout RequestEditor, _ members: GeminiMembers) throws(Failure) {
        let edit = editor.edit
        let name = members.spelling(of: "systemInstruction")
        guard let own = members.written("systemInstruction"), !own.isNull else {
            let parts = (edit.systemBefore + edit.systemAfter).map(part).joined(separator: ",")
            return editor.object.set(name, json: "{\"parts\":[\(parts)]}")
        }
        guard own.isObject, own["parts"]?.isArray ?? true else {
            throw RequestEditor.misplaced(name, "an object with parts")
        }
        var content = ObjectEdit(own)
        let parts = own["parts"]
        content.set(
            "parts",
            ObjectEdit.inserting(
                edit.systemBefore.map(part), edit.systemAfter.map(part), splitAt: parts?.elements.count ?? 0, in: parts)
        )
        editor.object.set(name, content.pieces)
    }

    private static func configure(_ editor: inout RequestEditor, _ members: GeminiMembers) throws(Failure) {
        let name = members.spelling(of: "generationConfig")
        let own = members.written("generationConfig").flatMap { $0.isNull ? nil : $0 }
        if let own, !own.isObject { throw RequestEditor.misplaced(name, "an object") }
        let written = GeminiMembers(own)
        var config = ObjectEdit(own)
        var isChanged = false
        for rule in editor.edit.parameters {
            guard let json = rule.replacement(for: written.written(rule.parameter.geminiName)?.googleDouble) else {
                continue
            }
            config.set(written.spelling(of: rule.parameter.geminiName), json: json)
            isChanged = true
        }
        if isChanged { editor.object.set(name, config.pieces) }
    }

    private static func part(_ text: String) -> String { ObjectEdit.object([("text", text)]) }

    private static func content(_ turn: TemplateTurn) -> String {
        "{\"role\":\"\(turn.role == .assistant ? "model" : "user")\",\"parts\":[\(part(turn.text))]}"
    }
}

extension ModelParameter {
    fileprivate var geminiName: String {
        switch self {
        case .temperature: "temperature"
        case .topP: "topP"
        case .frequencyPenalty: "frequencyPenalty"
        case .presencePenalty: "presencePenalty"
        case .seed: "seed"
        }
    }
}
