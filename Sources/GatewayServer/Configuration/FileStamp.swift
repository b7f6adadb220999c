import Glibc

/// Tells whether a file is another than before, or was written. Links are followed, so that one that leads elsewhere
/// counts as another file.
struct FileStamp: Equatable, Sendable {
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int
    /// Whether there is a file.
    let exists: Bool

    init(_ path: String) {
        var status = stat()
        exists = stat(path, &status) == 0
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }

    /// For tests.
    init(inode: UInt, size: Int, exists: Bool = true) {
        self.inode = inode
        self.size = size
        self.exists = exists
        seconds = 0
        nanoseconds = 0
    }
}

/// Decides, from one look a second, when a file that changes is to be read: once it has been the same for two looks, so
/// that what is half written, and what is away while it is replaced, is left alone.
struct FileWatch: Sendable {
    /// What was read last.
    private var known: FileStamp
    private var settling: FileStamp?

    init(known: FileStamp) { self.known = known }

    /// Whether to read it now.
    mutating func look(_ stamp: FileStamp) -> Bool {
        guard stamp.exists, stamp != known else {
            settling = nil
            return false
        }
        guard settling == stamp else {
            settling = stamp
            return false
        }
        settling = nil
        known = stamp
        return true
    }
}
