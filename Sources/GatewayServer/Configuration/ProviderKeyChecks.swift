import GatewayTypes

/// Whether the keys of a provider agree with each other.
struct ProviderKeyChecks {
    let provider: Configuration.Provider
    let path: SettingPath
    let reader: SettingReader

    func run() {
        guard !provider.keys.isEmpty else {
            if reader.isWritten(path.key("key_cooldown")) {
                reader.warning(
                    at: path.key("key_cooldown"), "has no effect on a single key; write several under keys")
            }
            return
        }
        if provider.key != nil || provider.aws != nil || provider.google != nil {
            let other = provider.key != nil ? "key" : provider.aws != nil ? "aws" : "google"
            reader.error(at: path.key(other), "stands beside keys; put it among them, under a name")
        }
        var names: [String: Int] = [:]
        var secrets: [String: Int] = [:]
        for (position, key) in provider.keys.enumerated() {
            let place = path.key("keys").index(position)
            if !key.name.isEmpty, let first = names.updateValue(position, forKey: key.name) {
                reader.error(at: place.key("name"), "is that of keys[\(first)] too; names tell keys apart")
            }
            let written = ["key", "aws", "google"].filter { reader.isWritten(place.key($0)) }
            if written.count != 1 {
                let found = written.isEmpty ? "holds no key" : "holds " + Words.list(written)
                reader.error(at: place, "\(found); write one of key: env:NAME, aws and google")
            }
            if let aws = key.aws, (aws.accessKeyID == nil) != (aws.secretAccessKey == nil) {
                reader.error(at: place.key("aws"), "needs access_key_id and secret_access_key, or neither")
            }
            guard let secret = key.key.map({ $0.exposed ?? $0.origin }) else { continue }
            if let first = secrets[secret] {
                reader.error(at: place.key("key"), "is the same key as keys[\(first)]; its limits do not grow by that")
            }
            secrets[secret] = secrets[secret] ?? position
        }
        let cooldown = provider.keyCooldown
        if cooldown.secondsMax < max(cooldown.refusedSeconds, cooldown.limitedSeconds) {
            reader.error(at: path.key("key_cooldown").key("max"), "is shorter than refused or rate_limited")
        }
    }
}
