import GatewayTypes

/// Where AWS keys come from: the first of these that there is, in the order of AWS's own SDKs.
enum AWSKeySource: Sendable {
    case fixed(AWSKeys)
    /// The agent of ECS or EKS beside the container.
    case container(AWSContainerKeys)
    /// The metadata service of the machine.
    case instance(AWSInstanceKeys)
    /// A sentence for the operator.
    case none(String)

    /// `readFile`: the bytes of a small file; nil where it cannot be read.
    init(
        keys: AWSKeys?, environment: [String: String], source: SecretSource,
        readFile: @escaping @Sendable (String) -> [UInt8]?
    ) throws(CredentialProblem) {
        func setting(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let keys {
            self = .fixed(keys)
        } else if let id = setting("AWS_ACCESS_KEY_ID"), let secret = setting("AWS_SECRET_ACCESS_KEY") {
            self = .fixed(
                AWSKeys(accessKeyID: id, secretAccessKey: secret, sessionToken: setting("AWS_SESSION_TOKEN")))
        } else if setting("AWS_ACCESS_KEY_ID") != nil || setting("AWS_SECRET_ACCESS_KEY") != nil {
            throw CredentialProblem("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; only one is set.")
        } else if let path = setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw CredentialProblem("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with `/`.")
            }
            self = .container(
                try AWSContainerKeys(
                    url: AWSContainerKeys.agent + path, environment: environment, source: source, readFile: readFile))
        } else if let url = setting("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            self = .container(
                try AWSContainerKeys(url: url, environment: environment, source: source, readFile: readFile))
        } else if setting("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            self = .none(
                "no AWS keys are configured, none stand in the environment, and AWS_EC2_METADATA_DISABLED is set.")
        } else {
            self = .instance(
                try AWSInstanceKeys(
                    base: setting("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? AWSInstanceKeys.service, source: source))
        }
    }
}
