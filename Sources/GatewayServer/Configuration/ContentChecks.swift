import GatewayTypes
import Telemetry

/// Whether what is said, where a model shows it, is seen by those it is meant for.
struct ContentChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        let telemetry = configuration.telemetry
        let path = SettingPath.root.key("telemetry")
        if telemetry.conventions == .both, telemetry.profiles.contains(.langfuse) {
            reader.warning(
                at: path.key("conventions"),
                "Langfuse counts what is written to a cache twice where it has both names; write v1.41")
        }
        let showing = configuration.models.filter { $0.capture != .none }
        guard !showing.isEmpty else { return }
        if telemetry.spans == .off {
            for model in showing {
                let place = SettingPath.root.key("models").key(model.name).key("capture")
                reader.warning(at: place, "is shown nowhere, because telemetry.spans is off")
            }
            return
        }
        if let traces = telemetry.traces { check(traces.endpoint, at: path.key("traces").key("endpoint")) }
        for destination in telemetry.destinations where destination.signals.contains(.traces) {
            check(destination.endpoint, at: path.key("destinations").key(destination.name).key("endpoint"))
        }
    }

    private func check(_ url: ServiceURL, at path: SettingPath) {
        guard !url.isTLS, !url.isLoopback, !url.host.isEmpty else { return }
        reader.warning(at: path, "prompts and replies are sent to \(url.host) unencrypted; write https://")
    }
}
