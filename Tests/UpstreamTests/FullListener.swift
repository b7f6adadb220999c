import Glibc

/// A listening socket that nobody accepts from and whose queue is full: attempts to connect get no answer.
struct FullListener {
    private let listener: HeldPort
    private var clients: [Int32] = []

    var port: Int { listener.port }

    init() throws {
        listener = try HeldPort()
        listen(listener.descriptor, 0)
        var address = HeldPort.address(listener.port)
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    _ = connect(client, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            clients.append(client)
        }
    }

    func close() {
        for client in clients { Glibc.close(client) }
        listener.close()
    }
}
