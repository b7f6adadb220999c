import Testing

@testable import GatewayServer

@Suite struct FileWatchTests {
    private let before = FileStamp(inode: 1, size: 10)
    private let away = FileStamp(inode: 0, size: 0, exists: false)

    /// Which looks said that it is time to read.
    private func reads(_ stamps: [FileStamp]) -> [Int] {
        var watch = FileWatch(known: before)
        return stamps.enumerated().filter { watch.look($0.element) }.map(\.offset)
    }

    @Test func `A file that stays as it is is never read again`() { #expect(reads([before, before, before]).isEmpty) }

    @Test func `A file that is being written is read once it has been the same for two looks`() {
        let half = FileStamp(inode: 1, size: 5)
        let whole = FileStamp(inode: 1, size: 20)
        #expect(reads([half, whole, whole, whole]) == [2])
    }

    @Test func `A file that another replaces is read, also when it was away in between`() {
        let other = FileStamp(inode: 2, size: 10)
        #expect(reads([away, away, other, other, other]) == [3])
    }

    @Test func `A file that is away is left alone, and nothing is read when it comes back as it was`() {
        #expect(reads([away, away, before, before]).isEmpty)
    }

    @Test func `Each further change is read too`() {
        let second = FileStamp(inode: 2, size: 10)
        let third = FileStamp(inode: 3, size: 10)
        #expect(reads([second, second, third, second, third, third]) == [1, 5])
    }
}
