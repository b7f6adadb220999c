import JSON
import NIOCore

/// An error, in OpenAI's words; `ErrorShape` says it in the others'.
struct SimulatedError: Error {
    let status: Int
    let type: String
    let code: String?
    let message: String
    var param: String?
    var retryAfterSeconds: Int?

    static let inStream = SimulatedError(
        status: 500, type: "server_error", code: nil, message: "The simulator was asked for an error in the stream.")

    static func badRequest(_ message: String, param: String? = nil) -> SimulatedError {
        SimulatedError(status: 400, type: "invalid_request_error", code: nil, message: message, param: param)
    }

    static func modelNotFound(_ model: String) -> SimulatedError {
        SimulatedError(
            status: 404, type: "invalid_request_error", code: "model_not_found",
            message: "The simulator has no model '\(model)'; GET /v1/models lists those it has.", param: "model")
    }

    static func injected(_ error: SimulatedBehaviour.InjectedError, retryAfterSeconds: Int) -> SimulatedError {
        switch error {
        case .quota:
            SimulatedError(
                status: 429, type: "insufficient_quota", code: "insufficient_quota",
                message: "You exceeded your current quota (simulated).")
        case .status(let status):
            SimulatedError(
                status: status, type: type(of: status), code: code(of: status),
                message: "The simulator was asked for an error \(status).",
                retryAfterSeconds: [429, 503, 529].contains(status) ? retryAfterSeconds : nil)
        }
    }

    /// OpenAI's `error.type` for a status.
    private static func type(of status: Int) -> String {
        switch status {
        case 429: "requests"
        case 500...: "server_error"
        case _: "invalid_request_error"
        }
    }

    private static func code(of status: Int) -> String? {
        switch status {
        case 401: "invalid_api_key"
        case 404: "model_not_found"
        case 429: "rate_limit_exceeded"
        case _: nil
        }
    }

    /// The object `{"error":{…}}`.
    func write(to buffer: inout ByteBuffer) {
        buffer.append("{\"error\":{\"message\":")
        buffer.writeJSONString(message)
        buffer.append(",\"type\":")
        buffer.writeJSONString(type)
        buffer.append(",\"param\":")
        if let param { buffer.writeJSONString(param) } else { buffer.append("null") }
        buffer.append(",\"code\":")
        if let code { buffer.writeJSONString(code) } else { buffer.append("null") }
        buffer.append("}}")
    }
}
