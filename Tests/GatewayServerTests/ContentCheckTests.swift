import Testing

@Suite struct ContentCheckTests {
    private func lines(_ telemetry: String, capture: String = "both") -> [String] {
        ConfigurationText.lines(
            ConfigurationText.minimal(without: ["models"])
                + "models: { smart: { capture: \(capture), targets: [openai/gpt-5] } }\ntelemetry: { \(telemetry) }\n")
    }

    @Test(arguments: [
        ("spans: false", "4:29: warning: models.smart.capture: is shown nowhere, because telemetry.spans is off"),
        (
            "traces: { endpoint: \"http://h:1\" }",
            "5:34: warning: telemetry.traces.endpoint: prompts and replies are sent to h unencrypted; write https://"
        ),
        (
            "destinations: { far: { endpoint: \"http://h:1\" } }",
            "5:47: warning: telemetry.destinations.far.endpoint: prompts and replies are sent to h unencrypted; write https://"
        ),
        (
            "conventions: both, profiles: [langfuse]",
            "5:27: warning: telemetry.conventions: Langfuse counts what is written to a cache twice where it has both names; write v1.41"
        ),
    ])
    func `What is shown to the wrong people, or to nobody, is told`(telemetry: String, line: String) {
        #expect(lines(telemetry).contains("weir.yaml:" + line), "got: \(lines(telemetry))")
    }

    @Test(arguments: [
        "traces: { endpoint: \"https://h:1\" }", "traces: { endpoint: \"http://127.0.0.1:1\" }",
        "destinations: { far: { endpoint: \"http://h:1\", signals: [metrics] } }", "profiles: [langfuse]",
        "conventions: both, profiles: [openinference]",
    ])
    func `What is right is not warned of`(telemetry: String) {
        #expect(!lines(telemetry).contains { $0.contains("capture") || $0.contains("telemetry") })
    }

    @Test func `A wrong word names the right ones`() {
        let said = lines("conventions: v1.40", capture: "all")
        #expect(said.contains { $0.contains("models.smart.capture") && $0.contains("both") }, "got: \(said)")
        #expect(said.contains { $0.contains("telemetry.conventions") && $0.contains("v1.41") }, "got: \(said)")
    }
}
