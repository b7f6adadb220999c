import Testing

@testable import GatewayServer

@Suite struct MachineTests {
    @Test(arguments: [("0", 1), (" 0-1", 2), ("0-3,8", 5), ("2,4-5,7-7", 4), ("", 0), ("x", 0), ("3-1", 0)])
    func `The cores of an affinity list are counted`(list: String, count: Int) {
        #expect(Machine.count(in: Substring(list)) == count)
    }
}
