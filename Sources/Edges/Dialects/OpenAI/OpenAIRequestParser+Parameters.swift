import GatewayTypes
import JSON

extension OpenAIRequestParser {
    /// Reads a member for the span alone: what is not of its kind is left for the provider to refuse.
    mutating func readParameter(_ parameter: OpenAIParameter) throws(JSONProblem) {
        switch parameter {
        case .stop: facts.parameters.stopSequences = try texts()
        case .dimensions: facts.parameters.dimensions = try number().map { Int64($0) }
        case .topK: facts.parameters.topK = try number()
        case .frequencyPenalty: facts.parameters.frequencyPenalty = try number()
        case .presencePenalty: facts.parameters.presencePenalty = try number()
        case .reasoningEffort: facts.parameters.reasoningLevel = try texts().first
        case .encodingFormat: facts.parameters.encodingFormat = try texts().first
        }
    }

    /// Finite, and of no more than nine digits before the point.
    private mutating func number() throws(JSONProblem) -> Double? {
        guard scanner.isNumber(scanner.peek()) else {
            try scanner.skipValue()
            return nil
        }
        let number = try scanner.number()
        return scanner.double(number).flatMap { abs($0) < 1e9 ? $0 : nil }
    }

    /// A string, or the strings of an array.
    private mutating func texts() throws(JSONProblem) -> [String] {
        let byte = scanner.peek()
        if byte == UInt8(ascii: "\"") { return [try scanner.text(of: scanner.string())] }
        guard byte == UInt8(ascii: "[") else {
            try scanner.skipValue()
            return []
        }
        var texts: [String] = []
        var first = true
        while try scanner.element(first: &first) {
            guard scanner.peek() == UInt8(ascii: "\""), texts.count < Self.stopSequencesMax else {
                try scanner.skipValue()
                continue
            }
            texts.append(try scanner.text(of: scanner.string()))
        }
        return texts
    }

    private static let stopSequencesMax = 16
}
