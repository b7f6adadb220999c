import Glibc

/// The directory of all spools of a process.
enum SpoolDirectory {
    /// With all directories above it; false where that cannot be.
    static func make(_ path: String) -> Bool {
        var place = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            place += "/" + part
            guard mkdir(place, 0o700) == 0 || errno == EEXIST else { return false }
        }
        return true
    }

    /// Takes it for this process, until it ends; false where another has it, or nobody can.
    static func claim(_ path: String) -> Bool {
        guard make(path) else { return false }
        let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return false
        }
        return true
    }
}
