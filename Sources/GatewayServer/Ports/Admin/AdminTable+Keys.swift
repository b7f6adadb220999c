import GatewayTypes

extension AdminTable {
    static let keys: [AdminOperation] = [
        AdminOperation(
            id: "listKeys", method: .get, path: "/api/v1/keys", tag: "keys",
            summary: "All keys, those of the file (`origin`: `file`, read-only) and stored ones; no secrets",
            role: .viewer,
            replies: [.json(200, "The keys", Schema.object([("keys", Schema.list(key))]))], respond: AdminPort.listKeys),
        AdminOperation(
            id: "createKey", method: .post, path: "/api/v1/keys", tag: "keys",
            summary: "Makes a key, which stands in this answer and nowhere else", role: .admin,
            body: AdminBody(
                Schema.object([("caller", Schema.text), ("name", Schema.text)] + terms, required: ["caller"])),
            mayConflict: true,
            replies: [.json(201, "The key, its text in `key`", key, isVersioned: true)], respond: AdminPort.createKey),
        AdminOperation(
            id: "getKey", method: .get, path: "/api/v1/keys/{id}", tag: "keys",
            summary: "One key, by its identifier or name", role: .viewer,
            replies: [.json(200, "The key, and the networks it was used from", key, isVersioned: true)],
            respond: AdminPort.showKey),
        AdminOperation(
            id: "changeKey", method: .patch, path: "/api/v1/keys/{id}", tag: "keys",
            summary: "Changes the terms of a key; what is left out stays, and null takes it away", role: .admin,
            body: AdminBody(
                Schema.object([("name", Schema.text)] + terms, required: [])), condition: .optional,
            mayConflict: true,
            replies: [.json(200, "The key as it is now", key, isVersioned: true)], respond: AdminPort.changeKey),
        AdminOperation(
            id: "deleteKey", method: .delete, path: "/api/v1/keys/{id}", tag: "keys",
            summary: "Takes a key away; what it spent stays in the ledger", role: .admin, condition: .optional,
            mayConflict: true, replies: [.json(200, "The key that was", key)], respond: AdminPort.deleteKey),
        AdminOperation(
            id: "rotateKey", method: .post, path: "/api/v1/keys/{id}/rotate", tag: "keys",
            summary: "Makes a new secret; the old one lives on for the overlap", role: .admin,
            body: AdminBody(
                Schema.object(
                    [
                        ("overlap", Schema.text("A duration such as `24h`, which it is when left out."))
                    ],
                    required: []), isRequired: false),
            condition: .optional, mayConflict: true,
            replies: [.json(200, "The key, its new text in `key`", key, isVersioned: true)],
            respond: AdminPort.rotateKey),
        AdminOperation(
            id: "revokeKey", method: .post, path: "/api/v1/keys/{id}/revoke", tag: "keys",
            summary: "Lets no request pass with the key from the answer on", role: .admin, condition: .optional,
            mayConflict: true,
            replies: [.json(200, "The key as it is now", key, isVersioned: true)], respond: AdminPort.revokeKey),
    ]

    private static let key = Schema.object(
        [
            ("id", Schema.text), ("name", Schema.text), ("caller", Schema.text),
            ("origin", Schema.words(["file", "api"])),
        ], required: ["id", "name", "caller", "origin"],
        open: true)

    private static let terms: [(String, JSONText)] = [
        ("team", Schema.text), ("plan", Schema.text),
        ("expires_at", Schema.text("A time (RFC 3339).")), ("expires_in", Schema.text("A duration such as `90d`.")),
        ("networks", Schema.list(Schema.text)), ("permissions", Schema.object([], open: true)),
    ]
}
