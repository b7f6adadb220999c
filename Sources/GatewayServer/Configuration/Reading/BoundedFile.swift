import Glibc

/// Reads small files without ever holding more than their bound.
enum BoundedFile {
    enum Fault: Error {
        /// What the system said.
        case unreadable(String)
        case tooLarge(bytesMax: Int)
    }

    static func read(_ path: String, bytesMax: Int) throws(Fault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(systemMessage()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(systemMessage()) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= bytesMax else { throw .tooLarge(bytesMax: bytesMax) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func systemMessage() -> String { String(cString: strerror(errno)) }

    /// The path itself when it is absolute, else below the directory.
    static func resolve(_ path: String, in directory: String) -> String {
        if path.hasPrefix("/") || directory.isEmpty { return path }
        return directory.hasSuffix("/") ? directory + path : directory + "/" + path
    }

    /// What stands before the last `/`; `.` where there is none.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
