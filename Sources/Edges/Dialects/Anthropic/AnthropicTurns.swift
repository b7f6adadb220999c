import GatewayTypes

/// The turns of a conversation as Anthropic wants them: roles take turns, the results of tools come first in the
/// user's turn, nothing is empty, and marks of the cache stand on blocks.
struct AnthropicTurns {
    struct Block {
        let part: ChatPart
        /// Where it stood, for a refusal.
        let path: String
        var isMarked = false
        var markSeconds: Int64?
    }

    struct Turn {
        let role: ChatMessage.Role
        var blocks: [Block] = []
    }

    /// Anthropic takes no more.
    private static let marksMax = 4

    private(set) var system: [Block] = []
    private(set) var turns: [Turn] = []
    /// A mark before the system prompt: it stands behind the tools.
    private(set) var toolsMark: ChatPart?

    init(_ chat: ChatRequest) {
        var excess = max(0, Self.marks(chat) - Self.marksMax)
        if case .cacheMark = chat.system.first {
            if excess > 0 { excess -= 1 } else { toolsMark = chat.system.first }
        }
        system = Self.blocks(chat.system, path: "system", &excess)
        for (index, message) in chat.messages.enumerated() {
            let blocks = Self.blocks(message.parts, path: "messages[\(index)].content", &excess)
            // An instruction in the middle is said where it stands, in the user's turn: Anthropic knows only one before.
            add(blocks, as: message.role == .assistant ? .assistant : .user)
        }
        if turns.isEmpty, !system.isEmpty {
            // Anthropic answers to a turn; alone, the instruction is one.
            turns = [Turn(role: .user, blocks: system)]
            system = []
        }
        for index in turns.indices where turns[index].role == .user {
            let blocks = turns[index].blocks
            turns[index].blocks = blocks.filter(Self.isResult) + blocks.filter { !Self.isResult($0) }
        }
    }

    /// Whether the conversation goes on from a call whose turn has lost its thoughts: Anthropic then refuses to think.
    var goesOnWithoutThoughts: Bool {
        guard let last = turns.last, last.role == .user, last.blocks.contains(where: Self.isResult), turns.count > 1
        else { return false }
        guard case .reasoning = turns[turns.count - 2].blocks.first?.part else { return true }
        return false
    }

    private mutating func add(_ blocks: [Block], as role: ChatMessage.Role) {
        guard !blocks.isEmpty else { return }
        if turns.last?.role == role {
            turns[turns.count - 1].blocks += blocks
        } else {
            turns.append(Turn(role: role, blocks: blocks))
        }
    }

    private static func isResult(_ block: Block) -> Bool {
        if case .toolResult = block.part { true } else { false }
    }

    private static func marks(_ chat: ChatRequest) -> Int {
        (chat.system + chat.messages.flatMap(\.parts)).reduce(0) { if case .cacheMark = $1 { $0 + 1 } else { $0 } }
    }

    /// The first marks are left out where there are too many: the last ones save most.
    private static func blocks(_ parts: [ChatPart], path: String, _ excess: inout Int) -> [Block] {
        var blocks: [Block] = []
        for (index, part) in parts.enumerated() {
            switch part {
            case .cacheMark(let seconds):
                if excess > 0 {
                    excess -= 1
                    continue
                }
                // Thoughts cannot bear one.
                guard let last = blocks.indices.last else { continue }
                if case .reasoning = blocks[last].part { continue }
                blocks[last].isMarked = true
                blocks[last].markSeconds = seconds
            case .text(let text), .refusal(let text):
                // Anthropic refuses a block without text.
                guard text.utf8.contains(where: { $0 > 0x20 }) else { continue }
                blocks.append(Block(part: .text(text), path: "\(path)[\(index)]"))
            case .reasoning(let thought):
                let proof = thought.sealed ?? thought.signature
                guard proof?.text(for: .anthropic) != nil else { continue }
                blocks.append(Block(part: part, path: "\(path)[\(index)]"))
            case .media, .toolCall, .toolResult:
                blocks.append(Block(part: part, path: "\(path)[\(index)]"))
            }
        }
        return blocks
    }
}
