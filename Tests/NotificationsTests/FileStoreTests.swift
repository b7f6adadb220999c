import Foundation
import Synchronization
import Testing

@testable import Notifications

@Suite struct FileStoreTests {
    /// A directory of its own, gone with the test.
    private final class Place {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

        init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: directory) }
    }

    @Test func `What was saved last is loaded, and only its owner may read it`() throws {
        let place = try Place()
        let store = FileAlertStore(path: place.directory + "/alerts") { _ in Issue.record("a problem") }
        #expect(store.load() == nil)
        #expect(store.save(Array(repeating: 7, count: 200_000)))
        #expect(store.save([1, 2, 3]))
        #expect(store.load() == [1, 2, 3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.directory) == ["alerts"])
        let attributes = try FileManager.default.attributesOfItem(atPath: place.directory + "/alerts")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `Large snapshots come back whole`() throws {
        let place = try Place()
        let store = FileAlertStore(path: place.directory + "/alerts") { _ in Issue.record("a problem") }
        let bytes = (0..<300_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(store.save(bytes))
        #expect(store.load() == bytes)
    }

    @Test func `What the system refuses is said in its words`() {
        let problems = Problems()
        let store = FileAlertStore(path: "/nowhere/alerts") { problems.add($0) }
        #expect(!store.save([1]))
        #expect(problems.all == ["cannot write /nowhere/alerts: No such file or directory"])
        let directory = FileAlertStore(path: "/") { problems.add($0) }
        #expect(directory.load() == [])
        #expect(problems.all.last == "cannot read /: Is a directory")
    }

    private final class Problems: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }
}
