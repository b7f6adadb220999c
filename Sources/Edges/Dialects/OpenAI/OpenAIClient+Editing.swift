public import GatewayTypes
import JSON
public import NIOCore

extension OpenAIClient {
    public func edited(
        _ body: ByteBuffer, of surface: Surface, by edit: RequestEdit
    ) throws(Failure) -> ByteBuffer {
        var editor = try RequestEditor(body, edit)
        switch surface.operation {
        case .chat:
            if edit.changesConversation { try Self.converse(&editor) }
            editor.setParameters(Set(ModelParameter.allCases))
        case .textCompletion: editor.setParameters(Set(ModelParameter.allCases))
        case nil, .embeddings, .listModels, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            break
        }
        return editor.finish()
    }

    /// Instructions are messages too: those before the client's own stand first, the others behind its leading ones.
    private static func converse(_ editor: inout RequestEditor) throws(Failure) {
        let messages = editor.root["messages"]
        if let messages, !messages.isArray { throw RequestEditor.misplaced("messages", "an array") }
        let edit = editor.edit
        let before = edit.systemBefore.map { message("system", $0) }
        let behind =
            edit.systemAfter.map { message("system", $0) } + edit.opening.map { message($0.role.rawValue, $0.text) }
        let leading = RequestEditor.leadingInstructions(in: messages)
        editor.object.set(
            "messages", ObjectEdit.inserting(before, behind, splitAt: leading, in: messages))
    }

    private static func message(_ role: String, _ text: String) -> String {
        ObjectEdit.object([("role", role), ("content", text)])
    }
}
