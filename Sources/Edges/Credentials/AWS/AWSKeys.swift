/// What proves to AWS who asks. Prints without its secrets.
public struct AWSKeys: Sendable, Equatable {
    /// Public: it stands in every signed request.
    public let accessKeyID: String
    let secretAccessKey: HiddenText
    /// Only of keys that run out.
    let sessionToken: HiddenText?

    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = HiddenText(secretAccessKey)
        self.sessionToken = sessionToken.map { HiddenText($0) }
    }
}
