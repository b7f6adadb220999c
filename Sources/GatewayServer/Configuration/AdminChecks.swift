/// Whether the admin API's keys can be told apart.
struct AdminChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        let admin = configuration.admin
        let path = SettingPath.root.key("admin").key("keys")
        // Unresolved secrets are told apart by where they are.
        var values = Set(admin.wholeKeys.map { $0.exposed ?? $0.origin })
        var names: [String: Int] = [:]
        for (position, key) in admin.keys.enumerated() {
            let place = path.index(position)
            guard reader.isWritten(place.key("key")), !reader.hasProblem(within: place.key("key")) else { continue }
            if !values.insert(key.key.exposed ?? key.key.origin).inserted {
                reader.error(
                    at: place.key("key"), "is the same as another key of admin; one key has one role, write another")
            }
            if let name = key.name, let other = names.updateValue(position, forKey: name) {
                reader.error(
                    at: place.key("name"),
                    "\(Words.quoted(name)) is the name of admin.keys[\(other)] too; the audit log could not tell them apart"
                )
            }
        }
    }
}
