import Glibc

/// The process's limit of open files.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one; returns the limit now in force.
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_cur > 1 << 20 ? 1 << 20 : Int(limit.rlim_cur)
    }

    /// Client connections that fit a limit: half of it (each exchange may need one towards its upstream), less what the
    /// process itself holds open.
    public static func connectionsMax(under limit: Int) -> Int { max(16, (limit - 64) / 2) }
}
