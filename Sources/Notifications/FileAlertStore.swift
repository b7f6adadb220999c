import Glibc

/// Keeps the notifier's knowledge in one small file (mode 0600), written beside it and put in its place whole.
public struct FileAlertStore: AlertStore {
    private let path: String
    private let onProblem: @Sendable (String) -> Void

    /// More than any snapshot has, in bytes: a larger file is not ours.
    private static let bytesMax = 64 << 20

    /// `onProblem` is told in a sentence what the system said when the file could not be read or written.
    public init(path: String, onProblem: @escaping @Sendable (String) -> Void) {
        self.path = path
        self.onProblem = onProblem
    }

    public func load() -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno != ENOENT { report("read") }
            return nil
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.bytesMax {
            let count = read(file, &piece, piece.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += piece.prefix(count)
            } else if errno != EINTR {
                report("read")
                return bytes
            }
        }
        return bytes
    }

    public func save(_ bytes: [UInt8]) -> Bool {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return report("write") }
        let written = write(bytes, to: file) && fsync(file) == 0
        let problem = errno
        close(file)
        errno = problem
        guard written, rename(beside, path) == 0 else { return report("write") }
        return true
    }

    private func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Always false.
    @discardableResult
    private func report(_ what: String) -> Bool {
        onProblem("cannot \(what) \(path): \(String(cString: strerror(errno)))")
        return false
    }
}
