import Foundation

/// The machine that the process runs on.
enum Machine {
    /// Cores that this process may use, by its affinity; at least 1.
    static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
