import Testing
import Upstream

@Suite struct ProxySettingsTests {
    @Test func `The variables count as curl reads them`() {
        let both = ProxySettings(variables: ["https_proxy": "a", "HTTPS_PROXY": "b", "ALL_PROXY": "c"])
        #expect(both.https == "a" && both.http == "c" && both.except == nil)
        let upper = ProxySettings(variables: ["HTTPS_PROXY": "b", "https_proxy": "", "NO_PROXY": "x,.y"])
        #expect(upper.https == "b" && upper.http == nil && upper.except == "x,.y")
    }

    @Test func `A proxy for plain requests counts in lower case only`() {
        #expect(ProxySettings(variables: ["HTTP_PROXY": "evil"]).http == nil)
        #expect(ProxySettings(variables: ["http_proxy": "fine"]).http == "fine")
    }
}
