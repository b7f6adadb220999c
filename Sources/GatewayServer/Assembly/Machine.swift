import Glibc

/// The machine that the process runs on.
enum Machine {
    /// Cores that this process may use; at least 1.
    static var coreCount: Int {
        var set = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
            return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        }
        return withUnsafeBytes(of: &set) { bytes in max(1, bytes.reduce(0) { $0 + $1.nonzeroBitCount }) }
    }
}
