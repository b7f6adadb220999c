import Foundation

/// The machine that the process runs on.
enum Machine {
    /// Cores that this process may use, by its affinity (proc(5), `Cpus_allowed_list`); at least 1. More event loops
    /// than cores would only take turns.
    static var coreCount: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let allowed = line.map { count(in: $0.drop { $0 != ":" }.dropFirst()) } ?? 0
        return allowed > 0 ? allowed : max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// How many numbers a list such as `0-3,8` holds; 0 where it is none.
    static func count(in list: Substring) -> Int {
        var count = 0
        for range in list.trimmingCharacters(in: .whitespaces).split(separator: ",") {
            let bounds = range.split(separator: "-").compactMap { Int($0) }
            guard let first = bounds.first, let last = bounds.last, first <= last else { return 0 }
            count += last - first + 1
        }
        return count
    }
}
