public import GatewayTypes
import JSON
public import NIOCore

extension ResponsesClient {
    public func edited(
        _ body: ByteBuffer, of surface: Surface, by edit: RequestEdit
    ) throws(Failure) -> ByteBuffer {
        var editor = try RequestEditor(body, edit)
        if !edit.systemBefore.isEmpty || !edit.systemAfter.isEmpty { try Self.instruct(&editor) }
        if !edit.opening.isEmpty { try Self.open(&editor) }
        editor.setParameters([.temperature, .topP])
        return editor.finish()
    }

    private static func instruct(_ editor: inout RequestEditor) throws(Failure) {
        let (edit, own) = (editor.edit, editor.root["instructions"])
        if let own, own.isArray {
            let before = edit.systemBefore.map { message("system", $0) }
            let behind = edit.systemAfter.map { message("system", $0) }
            return editor.object.set(
                "instructions", ObjectEdit.inserting(before, behind, splitAt: own.elements.count, in: own))
        }
        if let own, !own.isString { throw RequestEditor.misplaced("instructions", "a string") }
        let texts = edit.systemBefore + [own?.string].compactMap { $0 } + edit.systemAfter
        editor.object.set("instructions", json: ObjectEdit.string(RequestEditor.joined(texts)))
    }

    /// Input may be a text, which is then the user's turn behind those of the template.
    private static func open(_ editor: inout RequestEditor) throws(Failure) {
        let opening = editor.edit.opening.map { message($0.role.rawValue, $0.text) }
        guard let input = editor.root["input"] else {
            return editor.object.set("input", ObjectEdit.inserting(opening, at: 0, in: nil))
        }
        if let text = input.string {
            return editor.object.set(
                "input", ObjectEdit.inserting(opening + [message("user", text)], at: 0, in: nil))
        }
        guard input.isArray else { throw RequestEditor.misplaced("input", "a string or an array of items") }
        let leading = RequestEditor.leadingInstructions(in: input)
        editor.object.set("input", ObjectEdit.inserting(opening, at: leading, in: input))
    }

    private static func message(_ role: String, _ text: String) -> String {
        ObjectEdit.object([("role", role), ("content", text)])
    }
}
