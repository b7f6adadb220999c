import GatewayTypes

/// Keys from the agent that ECS or EKS runs beside a container.
struct AWSContainerKeys: Sendable {
    static let agent = "http://169.254.170.2"
    /// The agents of ECS and EKS: the only hosts but this one that may be asked without TLS.
    private static let agentHosts: Set<String> = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]

    private let source: SecretSource
    private let endpoint: Endpoint
    private let token: HiddenText?
    private let tokenFile: String?
    private let readFile: @Sendable (String) -> [UInt8]?

    init(
        url: String, environment: [String: String], source: SecretSource,
        readFile: @escaping @Sendable (String) -> [UInt8]?
    ) throws(CredentialProblem) {
        guard let parts = URLParts(url), parts.isSecure || parts.isLoopback || Self.agentHosts.contains(parts.host)
        else {
            throw CredentialProblem(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https URL, or name this machine or the container's agent."
            )
        }
        self.source = source
        endpoint = try source.endpoint(.get, url)
        token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map { HiddenText($0) }
        tokenFile = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
        self.readFile = readFile
    }

    func fetch() async throws(Failure) -> AWSTemporaryKeys {
        let fields = try authorization().map { [ReplyField("authorization", $0.exposed)] } ?? []
        let reply = try await source.fetch("the container's credential service", endpoint, fields: fields)
        guard let keys = AWSTemporaryKeys(reply) else {
            throw SecretSource.failure("the container's credential service answered without keys.")
        }
        return keys
    }

    /// The file goes first, and is read each time: its token changes.
    private func authorization() throws(Failure) -> HiddenText? {
        var text = token?.exposed ?? ""
        if let tokenFile, !tokenFile.isEmpty {
            guard let bytes = readFile(tokenFile) else {
                throw SecretSource.failure("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read.")
            }
            text = String(decoding: bytes, as: UTF8.self)
            while text.last?.isNewline ?? false { text.removeLast() }
        }
        guard !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw SecretSource.failure("the container's authorization token has a line break in it.")
        }
        return HiddenText(text)
    }
}
