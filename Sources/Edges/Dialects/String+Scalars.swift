extension String {
    /// How many Unicode scalars it has: all bytes but those that continue one.
    var scalarCount: Int { utf8.reduce(0) { $0 &+ ($1 & 0xC0 == 0x80 ? 0 : 1) } }
}
