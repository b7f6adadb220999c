/// What a permission speaks of; the label `permission` of `weir_permission_denials_total`.
public enum PermissionSubject: String, CaseIterable, Sendable {
    /// Models by the names that clients ask for: a model's own name counts for its aliases too.
    case models
    case operations
    case routes
    /// Doors to providers' own APIs.
    case providers
    /// Prompt templates, by their names.
    case templates
}

/// What somebody may use: an empty list allows everything, and what is denied is denied whatever is allowed.
public struct PermissionRules: Sendable, Equatable {
    public struct Rule: Sendable, Equatable {
        public var allow: NamePatterns
        public var deny: NamePatterns

        public init(allow: [String] = [], deny: [String] = []) {
            self.allow = NamePatterns(allow)
            self.deny = NamePatterns(deny)
        }

        public var isEmpty: Bool { allow.isEmpty && deny.isEmpty }

        enum Verdict { case allowed, denied, notAllowed }

        /// On something that may have two names: denied where one of them is, else allowed where one of them is.
        func verdict(on name: String, or other: String?) -> Verdict {
            if deny.match(name) { return .denied }
            if let other, deny.match(other) { return .denied }
            if allow.isEmpty || allow.match(name) { return .allowed }
            if let other, allow.match(other) { return .allowed }
            return .notAllowed
        }
    }

    public var models = Rule()
    public var operations = Rule()
    public var routes = Rule()
    public var providers = Rule()
    public var templates = Rule()

    public init() {}

    public subscript(subject: PermissionSubject) -> Rule {
        get {
            switch subject {
            case .models: models
            case .operations: operations
            case .routes: routes
            case .providers: providers
            case .templates: templates
            }
        }
        set {
            switch subject {
            case .models: models = newValue
            case .operations: operations = newValue
            case .routes: routes = newValue
            case .providers: providers = newValue
            case .templates: templates = newValue
            }
        }
    }

    public var isEmpty: Bool { PermissionSubject.allCases.allSatisfy { self[$0].isEmpty } }
}

/// What an exchange wants to use; what is nil or empty is not asked for.
public struct PermissionQuestion: Sendable {
    public var operation: Operation?
    /// As it was asked for.
    public var model: String
    /// Where that led.
    public var route: String?
    /// The asked model's own name, of which `model` may be an alias; nil: it is `route`.
    public var ownModel: String?
    /// Where a provider's own API is called: its name.
    public var provider: String?
    /// Where a prompt template is named.
    public var template: String?

    public init(
        operation: Operation? = nil, model: String = "", route: String? = nil, ownModel: String? = nil,
        provider: String? = nil, template: String? = nil
    ) {
        self.template = template
        self.operation = operation
        self.model = model
        self.route = route
        self.ownModel = ownModel ?? route
        self.provider = provider
    }
}

/// What a caller may use, by its team, by itself and by its key: each of them must allow it.
public final class Permissions: Sendable {
    /// The rules of one of them.
    public struct Level: Sendable, Equatable {
        /// For people: `team search`.
        public let holder: String
        public let rules: PermissionRules

        public init(holder: String, rules: PermissionRules) {
            self.holder = holder
            self.rules = rules
        }
    }

    public let levels: [Level]

    /// Nil where nobody has rules: everything is allowed.
    public init?(_ levels: [Level]) {
        self.levels = levels.filter { !$0.rules.isEmpty }
        if self.levels.isEmpty { return nil }
    }

    /// The first rule that stands against it; nil: it is allowed.
    public func refusal(of question: PermissionQuestion) -> PermissionRefusal? {
        for level in levels {
            if let refusal = level.refusal(of: question) { return refusal }
        }
        return nil
    }

    /// Whether a model may be asked for by that name, which leads to the route.
    public func allows(model: String, of route: String) -> Bool {
        refusal(of: PermissionQuestion(model: model, route: route)) == nil
    }
}

extension Permissions.Level {
    fileprivate func refusal(of question: PermissionQuestion) -> PermissionRefusal? {
        if let operation = question.operation,
            let refusal = refusal(.operations, operation.rawValue, "use the operation")
        {
            return refusal
        }
        if let provider = question.provider {
            if let refusal = refusal(.providers, provider, "use the own API of the provider") { return refusal }
            // What a door's request uses is known to the provider alone: a body may name one model and a path another.
            if !rules.models.isEmpty, !rules.providers.allow.match(provider) {
                let what =
                    "use the own API of the provider \"\(provider)\", where models cannot be told apart for sure, unless "
                    + "permissions.providers names it"
                return PermissionRefusal(holder: holder, what: what, subject: .models, isDenied: false)
            }
        }
        if !question.model.isEmpty {
            let own = question.provider == nil && question.ownModel != question.model ? question.ownModel : nil
            if let refusal = refusal(.models, question.model, "use model", orItsName: own) { return refusal }
        }
        if let template = question.template, let refusal = refusal(.templates, template, "use the template") {
            return refusal
        }
        if let route = question.route, let refusal = refusal(.routes, route, "use the route") { return refusal }
        return nil
    }

    private func refusal(
        _ subject: PermissionSubject, _ name: String, _ what: String, orItsName other: String? = nil
    ) -> PermissionRefusal? {
        let rule = rules[subject]
        guard !rule.isEmpty else { return nil }
        let verdict = rule.verdict(on: name, or: other)
        guard verdict != .allowed else { return nil }
        return PermissionRefusal(
            holder: holder, what: "\(what) \"\(name.prefix(100))\"", subject: subject, isDenied: verdict == .denied)
    }
}

/// The permission that stands against something.
public struct PermissionRefusal: Sendable, Equatable {
    /// `team search`
    public let holder: String
    /// `use model "gpt-5"`
    public let what: String
    public let subject: PermissionSubject
    /// Whether `deny` names it; else `allow` does not.
    public let isDenied: Bool

    /// Where the rule stands in the configuration of its holder.
    public var rule: String { isDenied ? "permissions.deny.\(subject.rawValue)" : "permissions.\(subject.rawValue)" }

    /// The member of the request that it is about; nil: none.
    private var parameter: String? {
        switch subject {
        case .models: "model"
        case .templates: "prompt.id"
        case .operations, .routes, .providers: nil
        }
    }

    public var message: String { "\(holder) may not \(what): \(rule)" }

    public var failure: Failure {
        Failure(.notPermitted, message, param: parameter)
    }
}
