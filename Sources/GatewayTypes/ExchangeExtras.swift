/// What only few exchanges have, in one place aside. A change makes a new one.
public final class ExchangeExtras: Sendable {
    private struct Parts {
        var template: TemplateUse?
        var callouts: [CalloutRecord] = []
        var upstreamFields: [ReplyField] = []
        var waitedNanoseconds: Int64 = 0
        var guardrails: GuardrailTrail?
        var cache: CacheUse?
    }

    private let parts: Parts

    public var template: TemplateUse? { parts.template }
    public var callouts: [CalloutRecord] { parts.callouts }
    /// Fields that callouts add to what the provider is sent.
    public var upstreamFields: [ReplyField] { parts.upstreamFields }
    /// How long it waited for a limit.
    public var waitedNanoseconds: Int64 { parts.waitedNanoseconds }
    /// Nil: no guardrail had a say.
    public var guardrails: GuardrailTrail? { parts.guardrails }

    /// What the cache did; nil: its route has none.
    public var cache: CacheUse? { parts.cache }

    public static let none = ExchangeExtras(Parts())

    private init(_ parts: Parts) { self.parts = parts }

    public func with(template: TemplateUse) -> ExchangeExtras { changed { $0.template = template } }

    public func with(waitedNanoseconds: Int64) -> ExchangeExtras {
        changed { $0.waitedNanoseconds = waitedNanoseconds }
    }

    public func with(guardrails: GuardrailTrail) -> ExchangeExtras { changed { $0.guardrails = guardrails } }

    public func with(cache: CacheUse) -> ExchangeExtras { changed { $0.cache = cache } }

    public func with(callout: CalloutRecord, fields: [ReplyField]) -> ExchangeExtras {
        changed { parts in
            parts.callouts.append(callout)
            parts.upstreamFields.removeAll { old in fields.contains { $0.name == old.name } }
            parts.upstreamFields += fields
        }
    }

    private func changed(_ change: (inout Parts) -> Void) -> ExchangeExtras {
        var changed = parts
        change(&changed)
        return ExchangeExtras(changed)
    }
}
