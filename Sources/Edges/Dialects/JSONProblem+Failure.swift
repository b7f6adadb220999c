import GatewayTypes
import JSON

extension Failure {
    /// A request whose body is not what it must be; names the member where it is one's fault.
    init(inBody problem: JSONProblem) {
        switch problem {
        case .syntax(let text, let offset):
            self.init(.badRequest, "The body is not valid JSON: \(text) at byte \(offset). Send one JSON object.")
        case .member(let name, let text): self.init(.badRequest, text, param: name.isEmpty ? nil : name)
        }
    }
}
