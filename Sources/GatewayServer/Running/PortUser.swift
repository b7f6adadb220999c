import Glibc

/// Who listens on a port, read from `/proc`.
enum PortUser {
    /// `nginx (pid 12)`; nil when it cannot be found out.
    static func describe(_ port: Int) -> String? {
        guard let inode = listeningInode(port) else { return nil }
        for pid in entries("/proc") where pid.allSatisfy(\.isNumber) {
            let descriptors = "/proc/\(pid)/fd"
            for descriptor in entries(descriptors) where link("\(descriptors)/\(descriptor)") == "socket:[\(inode)]" {
                let name = text("/proc/\(pid)/comm").map { String($0.filter { $0 != "\n" }) } ?? "a process"
                return "\(name) (pid \(pid))"
            }
        }
        return nil
    }

    /// The inode of the socket that listens (state 0A) on the port; proc(5), `/proc/net/tcp`.
    fileprivate static func listeningInode(_ port: Int) -> String? {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in (text(table) ?? "").split(separator: "\n").dropFirst() {
                let columns = line.split(separator: " ", omittingEmptySubsequences: true)
                if columns.count > 9, columns[1].hasSuffix(suffix), columns[3] == "0A" { return String(columns[9]) }
            }
        }
        return nil
    }

    private static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PortUser {
    /// Whether nobody listens on the port.
    static func isFree(_ port: Int) -> Bool { listeningInode(port) == nil }
}
