import Glibc

/// The CPU time of work that awaits nothing, in seconds: what else the machine does meanwhile does not count.
func cpuSeconds(_ work: () -> Void) -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let began = now()
    work()
    return now() - began
}
