public import GatewayTypes

/// Which targets of a configuration stood in the one before it, so that what was learned of them outlives a reload.
///
/// A target is the same one where its route, provider, model and addresses are: of another address nothing is known yet.
public struct Succession: Sendable {
    /// By the target's index: the index it had.
    private let predecessors: [Int?]

    /// Nothing was before.
    public static let none = Succession(predecessors: [])

    private init(predecessors: [Int?]) { self.predecessors = predecessors }

    /// Each target is at its index.
    public init(of targets: [Target], in routes: [Route], after old: [Target], in oldRoutes: [Route]) {
        var known: [String: [Int]] = [:]
        for (target, name) in zip(old, Self.names(of: old, in: oldRoutes)).reversed() {
            known[name, default: []].append(target.index)
        }
        predecessors = Self.names(of: targets, in: routes).map { known[$0]?.popLast() }
    }

    /// The index that the target at this index had; nil: it is new.
    func index(before index: Int) -> Int? { index < predecessors.count ? predecessors[index] : nil }

    private static func names(of targets: [Target], in routes: [Route]) -> [String] {
        var names = targets.map { target in
            let place = "\(target.provider.text)\n\(target.servedModel.text)\n\(target.keyAlias)"
            return target.endpoints.reduce(into: place) { $0 += "\n" + $1.url }
        }
        for route in routes {
            for target in route.targets where target.index < names.count {
                names[target.index] = route.name.text + "\n" + names[target.index]
            }
        }
        return names
    }
}
