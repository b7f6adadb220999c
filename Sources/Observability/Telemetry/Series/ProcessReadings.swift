#if canImport(Glibc)
    import Glibc
#endif

/// What the kernel says of this process.
enum ProcessReadings {
    static func read(into writer: inout SampleWriter) {
        var usage = rusage()
        if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let micros = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            writer.setCounter(.processCPU, [], seconds + micros / 1e6)
            writer.add(.processContextSwitches, [], UInt64(usage.ru_nvcsw))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            writer.set(.processMaxFDs, [], Double(limit.rlim_cur))
        }
        if let pages = field(1, of: "/proc/self/statm") {
            writer.set(.processResidentMemory, [], pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let count = openDescriptors { writer.set(.processOpenFDs, [], Double(count)) }
        if let start = startTime { writer.set(.processStartTime, [], start) }
    }

    private static var openDescriptors: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // `.`, `..` and the directory's own descriptor.
        return count - 3
    }

    /// Read once: it does not change, and the clock that the kernel derives it from may step.
    private static let startTime: Double? = {
        guard let stat = text(of: "/proc/self/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        // Field 22; the fields behind the program's name begin with the third.
        let fields = stat[close...].split(separator: " ")
        guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
        guard let boot = text(of: "/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootTime = Double(boot.dropFirst(6))
        else { return nil }
        return bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func field(_ position: Int, of path: String) -> Double? {
        guard let fields = text(of: path)?.split(separator: " "), fields.count > position else { return nil }
        return Double(fields[position])
    }

    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
