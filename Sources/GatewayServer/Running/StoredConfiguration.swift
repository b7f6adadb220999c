import Foundation
import Storage

/// The configuration to start with: the file, and what the admin API declared beside it, which is in the file's ledger.
enum StoredConfiguration {
    /// `stored` is nil where it is left out.
    static func load(
        path: String, ignoresStored: Bool
    ) throws(Commands.Refusal) -> (loaded: LoadedConfiguration, stored: [StoredResource]?) {
        let alone: LoadedConfiguration
        switch Commands.load(path: path, resolveSecrets: true) {
        case .failure(let problems): throw Commands.Refusal(problems.description)
        case .success(let loaded): alone = loaded
        }
        if ignoresStored { return (alone, nil) }
        let resources = try resources(in: alone.configuration.storage.path)
        guard !resources.isEmpty else { return (alone, []) }
        let declared = resources.compactMap { resource in
            ResourceKind(rawValue: resource.kind).map {
                DeclaredResource(kind: $0, name: resource.name, spec: resource.tree)
            }
        }
        let whole = Configuration.load(
            path: path, declared: declared, environment: Commands.environment, knowledge: Knowledge.current)
        switch whole {
        case .success(let loaded): return (loaded, resources)
        case .failure(let problems):
            throw Commands.Refusal(
                problems.description + "\n\(path) does not fit what was declared through the admin API ("
                    + Words.list(resources.prefix(20).map { $0.kind + "/" + $0.name })
                    + "). Put the file right, or start with --ignore-stored.")
        }
    }

    /// A ledger that is not there yet holds nothing; the gateway makes it.
    private static func resources(in ledger: String) throws(Commands.Refusal) -> [StoredResource] {
        guard FileManager.default.fileExists(atPath: ledger) else { return [] }
        do {
            return try Ledger(path: ledger).resources().filter { ResourceKind(rawValue: $0.kind) != nil }
        } catch {
            throw Commands.Refusal(error.description)
        }
    }
}
