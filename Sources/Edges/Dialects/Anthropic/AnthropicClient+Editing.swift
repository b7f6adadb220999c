public import GatewayTypes
import JSON
public import NIOCore

extension AnthropicClient {
    public func edited(
        _ body: ByteBuffer, of surface: Surface, by edit: RequestEdit
    ) throws(Failure) -> ByteBuffer {
        var editor = try RequestEditor(body, edit)
        if !edit.systemBefore.isEmpty || !edit.systemAfter.isEmpty { try Self.instruct(&editor) }
        if !edit.opening.isEmpty {
            let messages = editor.root["messages"]
            if let messages, !messages.isArray { throw RequestEditor.misplaced("messages", "an array") }
            let opening = edit.opening.map { ObjectEdit.object([("role", $0.role.rawValue), ("content", $0.text)]) }
            editor.object.set("messages", ObjectEdit.inserting(opening, at: 0, in: messages))
        }
        if surface.operation == .chat { editor.setParameters([.temperature, .topP]) }
        return editor.finish()
    }

    /// `system` is a text, or a list of blocks, some of which the provider may be told to keep.
    private static func instruct(_ editor: inout RequestEditor) throws(Failure) {
        let (edit, own) = (editor.edit, editor.root["system"])
        if let own, own.isArray {
            let before = edit.systemBefore.map { block($0) }
            let behind = edit.systemAfter.map { block($0) }
            return editor.object.set(
                "system", ObjectEdit.inserting(before, behind, splitAt: own.elements.count, in: own))
        }
        if let own, !own.isString { throw RequestEditor.misplaced("system", "a string or an array of blocks") }
        let texts = edit.systemBefore + [own?.string].compactMap { $0 } + edit.systemAfter
        editor.object.set("system", json: ObjectEdit.string(RequestEditor.joined(texts)))
    }

    private static func block(_ text: String) -> String { ObjectEdit.object([("type", "text"), ("text", text)]) }
}
