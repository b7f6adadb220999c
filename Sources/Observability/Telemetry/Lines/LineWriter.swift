#if canImport(Glibc)
    import Glibc
#endif

/// Where access lines go.
public protocol LineWriter: Sendable {
    /// Writes all of the bytes, or says that it could not.
    func write(_ bytes: [UInt8]) -> Bool
}

/// Writes to an open file descriptor, which it does not close.
public struct DescriptorLineWriter: LineWriter {
    private let descriptor: Int32
    /// How long a full pipe may stall the writer, in milliseconds.
    private static let stallMillisecondsMax: Int32 = 1_000

    public init(descriptor: Int32) { self.descriptor = descriptor }

    public func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { raw in
            var rest = raw[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&waiting, 1, Self.stallMillisecondsMax) > 0 else { return false }
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
