import NIOCore
import Testing

@testable import ProxyCore

@Suite struct SecretMaskTests {
    @Test(arguments: [
        ("no key at all", "no key at all"),
        ("Bearer sk-secret-1 and sk-secret-1.", "Bearer *** and ***."),
        ("sk-secret-1", "***"),
        ("sk-secret- 1, and short stays", "sk-secret- 1, and short stays"),
    ])
    func `A provider's key is taken out of what the provider says`(said: String, shown: String) {
        var body = ByteBuffer(string: said)
        SecretMask.hide(["sk-secret-1", "short"], in: &body)
        #expect(String(buffer: body) == shown)
    }
}
