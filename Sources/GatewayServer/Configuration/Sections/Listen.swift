extension Configuration {
    /// Where apps send their requests, and what Weir accepts of them.
    public struct Listen: Sendable {
        public internal(set) var address = ListenAddress.loopback(port: 8080)
        public internal(set) var headBytesMax = 64 << 10
        public internal(set) var headerCountMax = 100
        public internal(set) var bodyBytesMax = 32 << 20
        public internal(set) var bodyTimeoutSeconds = 30.0
        public internal(set) var idleTimeoutSeconds = 75.0
        /// nil: one for each core.
        public internal(set) var eventLoopCount: Int?

        static let section = Section<Listen>(
            "listen", "Where apps send their requests. The address alone may be written: `listen: 127.0.0.1:8080`.",
            empty: { Listen() },
            fields: [
                Field("address", \.address, .address, "Address and port."),
                Field(
                    "head_bytes_max", \.headBytesMax, .bytes("1KiB", "1MiB"),
                    "Largest request head; a larger one is answered with 431."),
                Field(
                    "header_count_max", \.headerCountMax, .integer(10...1000),
                    "Most header fields of a request; more are answered with 431."),
                Field(
                    "body_bytes_max", \.bodyBytesMax, .bytes("1KiB", "1GiB"),
                    "Largest request body, also after decompression; a larger one is answered with 413."),
                Field(
                    "body_timeout", \.bodyTimeoutSeconds, .duration("100ms", "1h"),
                    "Time for a request's head and body to arrive; a slower client is answered with 408."),
                Field(
                    "idle_timeout", \.idleTimeoutSeconds, .duration("100ms", "1h"),
                    "Time after which an idle connection is closed."),
                Field(
                    "event_loops", \.eventLoopCount, .eventLoops,
                    "Threads that serve requests; `auto`: one for each core."),
            ],
            shorthand: .address(\.address))
    }

    /// `/metrics`, `/healthz` and `/readyz`.
    public struct Metrics: Sendable {
        public internal(set) var address = ListenAddress.loopback(port: 9464)

        static let section = Section<Metrics>(
            "metrics", "`/metrics`, `/healthz` and `/readyz`, and nothing else. The address alone may be written.",
            empty: { Metrics() },
            fields: [Field("address", \.address, .address, "Address and port.")],
            shorthand: .address(\.address))
    }

    /// The admin API and the console.
    public struct Admin: Sendable {
        public internal(set) var address = ListenAddress.loopback(port: 9465)
        /// Each may do everything.
        public internal(set) var wholeKeys: [Secret] = []
        /// Each may do what its role says.
        public internal(set) var keys: [AdminKey] = []

        /// Whether nobody can use it.
        var answersNobody: Bool { wholeKeys.isEmpty && keys.isEmpty }

        static let section = Section<Admin>(
            "admin", "The admin API under `/api/v1/` and the console. The address alone may be written.",
            empty: { Admin() },
            fields: [
                Field("address", \.address, .address, "Address and port."),
                Field(
                    "key", \.wholeKeys, .listOrOne(of: .secret),
                    "The key, or a list of keys, that may do everything. Every request needs a key, reads too: without "
                        + "`key` and `keys` the admin API answers nobody."
                ),
                Field(
                    "keys", \.keys, .list(of: .section(AdminKey.section), countMax: 1000), "Keys that may do less."),
            ],
            shorthand: .address(\.address))
    }

    /// A key of the admin API, and what it may do.
    public struct AdminKey: Sendable {
        public internal(set) var key = Secret(source: .literal, exposed: nil)
        public internal(set) var role = AdminRole.admin
        /// Nil: where the key comes from stands for it.
        public internal(set) var name: String?

        static let section = Section<AdminKey>(
            "admin key", "A key of the admin API, and what it may do.",
            empty: { AdminKey() },
            fields: [
                Field("key", \.key, .secret, required: "env:WEIR_VIEWER_KEY", "The key."),
                Field(
                    "role", \.role, .choice, required: "viewer",
                    "`viewer` reads; `operator` also steers what runs (overrides, drains, reloads, tests of "
                        + "notifications); `admin` also changes what is declared."),
                Field(
                    "name", optional: \.name, .name(of: "a key"),
                    "Who it is in the audit log; where the key comes from when left out."),
            ])
    }
}

extension ListenAddress {
    static func loopback(port: Int) -> ListenAddress { ListenAddress(host: "127.0.0.1", port: port) }
}

extension Section.Shorthand {
    /// A section of which the address alone may be written.
    static func address(_ property: any WritableKeyPath<Root, ListenAddress> & Sendable) -> Self {
        let kind = Kind<ListenAddress>.address
        return Self(shape: kind.shape) { tree, path, reader, root in
            if let address = kind.read(tree, path, reader) { root[keyPath: property] = address }
        }
    }
}

extension Kind where Value == Int? {
    /// A number of event loops, or `auto`.
    static let eventLoops = Kind(.either([.choice(["auto"]), Kind<Int>.integer(1...256).shape])) { tree, path, reader in
        if case .text("auto", _) = tree.content { return .some(nil) }
        return Kind<Int>.integer(1...256).read(tree, path, reader)
    } write: {
        $0.map { "\($0)" } ?? "auto"
    }
}
