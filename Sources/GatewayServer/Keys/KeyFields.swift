import GatewayTypes
import NIOCore
import Storage

/// What a request's body says of a key; every fault is told with the field's name.
struct KeyFields: Sendable {
    private typealias Value = SettingTree.Content

    private let members: [String: Value]

    /// An empty body holds no fields.
    init(_ body: ByteBuffer) throws(Failure) {
        guard body.readableBytes > 0 else {
            members = [:]
            return
        }
        let tree: SettingTree
        do throws(JSONReader.Fault) {
            tree = try JSONReader.read(Array(body.readableBytesView), nulls: .empty)
        } catch {
            throw Failure(.badRequest, "The body is not JSON: \(error.message).")
        }
        guard case .map(let entries) = tree.content else {
            throw Failure(.badRequest, "The body must be a JSON object.")
        }
        members = Self.members(entries)
    }

    private static func members(_ entries: [SettingTree.Entry]) -> [String: Value] {
        Dictionary(entries.map { ($0.key, $0.value.content) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Operations

    func order(callers: CallerDesk, now: WallTime) throws(Failure) -> KeyKeeper.Order {
        try only(["name", "caller", "team", "plan", "expires_at", "expires_in", "networks", "permissions"])
        guard let caller = try text("caller") else { throw Self.wrong("caller", "is missing; whose key is it?") }
        var order = KeyKeeper.Order(caller: caller)
        order.name = try name()
        order.team = try text("team")
        order.plan = try text("plan")
        order.expiresAt = try end(now)
        order.networks = try networks() ?? []
        order.permissions = try permissions() ?? PermissionRules()
        let terms = CallerDesk.Terms(caller: caller, alias: "", team: order.team, plan: order.plan)
        if let fault = callers.fault(terms) { throw Self.wrong(fault.field, fault.message) }
        return order
    }

    /// A field that is absent stays as it is; null takes it away.
    func change(
        of key: StoredKey, callers: CallerDesk, now: WallTime
    ) throws(Failure) -> @Sendable (inout StoredKey) -> Void {
        for fixed in ["caller", "team"] where members[fixed] != nil {
            throw Self.wrong(
                fixed, "of a key cannot be changed, because its past spending is theirs; create another key")
        }
        try only(["name", "plan", "expires_at", "expires_in", "networks", "permissions"])
        if case .empty = members["name"] { throw Self.wrong("name", "cannot be taken away") }
        let name = try name()
        let plan = try text("plan")
        let expiresAt = try end(now)
        let networks = try networks()
        let permissions = try permissions()
        var terms = key.callerTerms
        terms.plan = members["plan"] == nil ? terms.plan : plan
        if let fault = callers.fault(terms) { throw Self.wrong(fault.field, fault.message) }
        let changesPlan = members["plan"] != nil
        let changesEnd = members["expires_at"] != nil || members["expires_in"] != nil
        let (changesNetworks, changesPermissions) = (members["networks"] != nil, members["permissions"] != nil)
        return { key in
            if let name { key.name = name }
            if changesPlan { key.plan = plan }
            if changesEnd { key.expiresAt = expiresAt }
            if changesNetworks { key.networks = networks ?? [] }
            if changesPermissions { key.permissions = permissions ?? PermissionRules() }
        }
    }

    static let overlapDefault = "24h"
    private static let overlapMilliseconds: ClosedRange<Int64> = 0...(90 * 86_400_000)

    /// How long the old secret lives on.
    func overlapSeconds() throws(Failure) -> Double {
        try only(["overlap"])
        let text = try text("overlap") ?? Self.overlapDefault
        guard let milliseconds = DurationText.milliseconds(text), Self.overlapMilliseconds.contains(milliseconds) else {
            throw Self.wrong("overlap", "must be a duration from 0s to 90d, such as 24h")
        }
        return Double(milliseconds) / 1000
    }

    // MARK: Fields

    private func only(_ known: [String]) throws(Failure) {
        for name in members.keys.sorted() where !known.contains(name) {
            throw Self.wrong(name, "is not known here" + Words.suggestion(for: name, among: known))
        }
    }

    private func text(_ field: String) throws(Failure) -> String? {
        switch members[field] {
        case nil, .empty: return nil
        case .text(let text, quoted: true):
            if text.isEmpty { throw Self.wrong(field, "is empty; leave it out, or write null") }
            return text
        case .text(_, quoted: false), .list, .map: throw Self.wrong(field, "must be text")
        }
    }

    private func name() throws(Failure) -> String? {
        guard let name = try text("name") else { return nil }
        if let fault = Kind<String>.nameFault(name) { throw Self.wrong("name", "is refused: \(fault)") }
        guard !name.contains("/") else { throw Self.wrong("name", "must not hold a slash") }
        return name
    }

    private func end(_ now: WallTime) throws(Failure) -> WallTime? {
        if let length = try text("expires_in") {
            guard members["expires_at"] == nil else { throw Self.wrong("expires_in", "stands beside expires_at") }
            guard let milliseconds = DurationText.milliseconds(length), (1...3_650 * 86_400_000).contains(milliseconds)
            else { throw Self.wrong("expires_in", "must be a duration such as 90d, at most 3650d") }
            return now.advanced(byNanoseconds: milliseconds * 1_000_000)
        }
        guard let text = try text("expires_at") else { return nil }
        guard let end = AdminPort.time(text) else {
            throw Self.wrong("expires_at", "must be a time such as 2027-01-31T00:00:00Z, or Unix seconds")
        }
        return end
    }

    private func networks() throws(Failure) -> [IPNetwork]? {
        guard let texts = try texts(members["networks"], "networks") else { return nil }
        var networks: [IPNetwork] = []
        for text in texts {
            guard let network = IPNetwork(text) else {
                throw Self.wrong("networks", ": " + Kind<IPNetwork>.networkFault(text))
            }
            networks.append(network)
        }
        return networks
    }

    private func permissions() throws(Failure) -> PermissionRules? {
        guard let input = members["permissions"] else { return nil }
        var rules = PermissionRules()
        guard let written = try object(input, "permissions") else { return nil }
        let denied =
            if let deny = written["deny"] { try object(deny, "permissions.deny") ?? [:] } else {
                [:] as [String: Value]
            }
        for (members, path) in [(written, "permissions"), (denied, "permissions.deny")] {
            for (name, input) in members where name != "deny" || path != "permissions" {
                let place = "\(path).\(name)"
                guard let subject = PermissionSubject(rawValue: name) else {
                    let known = PermissionSubject.allCases.map(\.rawValue) + ["deny"]
                    throw Self.wrong(place, "is not known here" + Words.suggestion(for: name, among: known))
                }
                let names = try texts(input, place) ?? []
                if subject == .operations { try check(operations: names, at: place) }
                let rule = rules[subject]
                rules[subject] =
                    path == "permissions"
                    ? PermissionRules.Rule(allow: names, deny: rule.deny.texts)
                    : PermissionRules.Rule(allow: rule.allow.texts, deny: names)
            }
        }
        return rules
    }

    private func check(operations names: [String], at place: String) throws(Failure) {
        for name in names where Operation(rawValue: name) == nil {
            let known = Operation.allCases.map(\.rawValue)
            throw Self.wrong(
                place, "names the unknown \(Words.quoted(name))" + Words.suggestion(for: name, among: known))
        }
    }

    private func object(_ input: Value, _ place: String) throws(Failure) -> [String: Value]? {
        switch input {
        case .empty: return nil
        case .map(let entries): return Self.members(entries)
        case .text, .list: throw Self.wrong(place, "must be an object")
        }
    }

    private static let textsMax = 100

    private func texts(_ input: Value?, _ place: String) throws(Failure) -> [String]? {
        switch input {
        case nil, .empty: return nil
        case .list(let items):
            guard items.count <= Self.textsMax else {
                throw Self.wrong(place, "has more than \(Self.textsMax) entries")
            }
            var texts: [String] = []
            for item in items {
                guard case .text(let text, quoted: true) = item.content, !text.isEmpty, text.utf8.count <= 128 else {
                    throw Self.wrong(place, "must be a list of texts of 1 to 128 bytes")
                }
                texts.append(text)
            }
            return texts
        case .text, .map: throw Self.wrong(place, "must be a list of texts")
        }
    }

    private static func wrong(_ field: String, _ what: String) -> Failure {
        Failure(.badRequest, field + (what.hasPrefix(":") ? "" : " ") + what + ".", param: field)
    }
}
