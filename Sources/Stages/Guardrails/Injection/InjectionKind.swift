/// What an injection looks like: the reasons of the detector.
public enum InjectionKind: String, CaseIterable, Sendable {
    /// Text that takes the place of the instructions that stand: "ignore all previous instructions", "your rules no longer apply".
    case instructionOverride = "instruction_override"
    /// A part to play in which no rules hold.
    case rolePlayJailbreak = "role_play_jailbreak"
    /// Asks for what the model was told before the conversation.
    case systemPromptProbe = "system_prompt_probe"
    /// Characters that a reader does not see or takes for others: tags, directions, zero widths, look-alikes.
    case hiddenCharacters = "hidden_characters"
    /// Base64, hexadecimal, escapes, ROT13, bits or reversed text that say one of the above.
    case encodedPayload = "encoded_payload"
    /// Images and links that carry what was said to somebody else.
    case markdownExfiltration = "markdown_exfiltration"
    /// Marks between turns, as chat templates have them, where there is only text.
    case conversationMarker = "conversation_marker"

    public var reason: Reason { Reason(rawValue) }
}

/// Something that speaks for an injection, or against it.
struct InjectionEvidence {
    let range: Range<Int>
    /// Points; a finding needs `InjectionDetector.Sensitivity.threshold` of them within reach.
    let weight: Int
    let kind: InjectionKind
    /// Evidence of the same source counts once within reach; 0: each counts.
    var source = 0

    /// Sources are below this.
    static let sourcesMax = 256
}
