import Glibc

/// What this thread has used of a CPU, in nanoseconds: what else the machine does meanwhile does not count.
public func cpuNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// The CPU time of work that awaits nothing, in seconds.
public func cpuSeconds(_ work: () -> Void) -> Double {
    let began = cpuNanoseconds()
    work()
    return (cpuNanoseconds() - began) * 1e-9
}
