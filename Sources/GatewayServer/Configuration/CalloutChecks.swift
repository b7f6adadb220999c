import GatewayTypes

/// Whether callouts agree with the rest of the configuration.
struct CalloutChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        var seen: [String: Int] = [:]
        for (position, callout) in configuration.callouts.enumerated() {
            let path = SettingPath.root.key("callouts").index(position)
            if !callout.name.isEmpty, let other = seen.updateValue(position, forKey: callout.name) {
                reader.error(at: path.key("name"), "is that of callouts[\(other)] too; names tell callouts apart")
            }
            check(callout, at: path)
        }
    }

    private func check(_ callout: Configuration.Callout, at path: SettingPath) {
        if callout.points.isEmpty {
            reader.error(at: path.key("hop"), "names no hop; write one, or leave it out for authentication")
        }
        if Set(callout.points).count < callout.points.count {
            reader.error(at: path.key("hop"), "names a hop twice; it is asked once at each")
        }
        if callout.points.contains(.receive), !callout.teams.isEmpty {
            reader.error(
                at: path.key("team"),
                "is not known yet at receive; take receive out of hop, or write a callout of its own")
        }
        known(callout.teams, among: configuration.teams.map(\.name), as: "team", at: path)
        known(callout.models, among: configuration.models.map(\.name), as: "model", at: path)
        let isExposed = !callout.url.isTLS && !callout.url.isLoopback && !callout.url.host.isEmpty
        if isExposed {
            reader.warning(
                at: path.key("url"), "what is sent reaches \(callout.url.host) unencrypted; write https://")
        }
        if callout.points != [.settle], callout.onError == .allow, callout.secret == nil, isExposed {
            reader.warning(at: path.key("secret"), "anybody on the way can answer in its place; write https://")
        }
        for (position, name) in callout.headersToProvider.enumerated() {
            let place = path.key("headers_to_provider").index(position)
            if let fault = Configuration.Header.nameFault(name) { reader.error(at: place, fault) }
            let lower = name.lowercased()
            if Configuration.Header.holdsSecret(lower) || lower.hasPrefix("x-weir-") || lower == "traceparent" {
                reader.error(at: place, "\(Words.quoted(name)) is Weir's own to say; take it out")
            }
        }
        if callout.points == [.settle], reader.isWritten(path.key("headers_to_provider")) {
            reader.error(at: path.key("headers_to_provider"), "comes too late at settle; take it out")
        }
        if callout.send.contains(.body), callout.points == [.settle] {
            reader.error(at: path.key("send"), "the body is not kept until settle; take it out")
        }
    }

    private func known(_ names: [String], among all: [String], as what: String, at path: SettingPath) {
        for name in names where !all.contains(name) {
            reader.error(
                at: path.key(what), "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: all))")
        }
    }
}
