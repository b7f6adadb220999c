import Foundation
import GatewayTypes
import NIOCore
import OTLP
import Telemetry
import Upstream

extension Commands {
    // MARK: telemetry

    /// Sends one span, log record or metric point to each destination of the configuration and of the environment; what
    /// to print, and whether all took it.
    public static func testTelemetry(path: String, json: Bool) async throws(Refusal) -> (text: String, isTaken: Bool) {
        let configuration: Configuration
        switch load(path: path, resolveSecrets: true) {
        case .failure(let problems): throw Refusal(problems.description)
        case .success(let loaded): configuration = loaded.configuration
        }
        let settings: OTLPSettings
        do throws(StartupFailure) {
            settings = try Collectors.settings(configuration, environment)
        } catch {
            throw Refusal(error.description)
        }
        for warning in settings.warnings { Terminal.complain(warning) }
        let bench = try await ClientBench(proxies: .environment())
        let answers = await OTLPProbe.run(
            settings, fetcher: LoopFetcher(engine: bench.engine), endpointID: { EndpointNumbers.next() })
        try await bench.close()
        let isTaken = answers.allSatisfy(\.isTaken)
        if json { return (try rendered(answers), isTaken) }
        guard !answers.isEmpty else {
            return ("There are no destinations; add them to telemetry.destinations.", true)
        }
        return (table(answers), isTaken)
    }

    private struct Row: Encodable {
        let destination: String
        let signal: String
        let `protocol`: String
        let url: String
        let taken: Bool
        let answer: String
        let seconds: Double
    }

    private static func rendered(_ answers: [OTLPProbe.Answer]) throws(Refusal) -> String {
        let rows = answers.map {
            Row(
                destination: $0.destination, signal: $0.signal.rawValue, protocol: $0.encoding.rawValue, url: $0.url,
                taken: $0.isTaken, answer: $0.words, seconds: $0.seconds)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(rows), as: UTF8.self)
        } catch {
            throw Refusal("The answers cannot be written: \(error)")
        }
    }

    private static func table(_ answers: [OTLPProbe.Answer]) -> String {
        let rows = answers.map { answer in
            [
                answer.destination, answer.signal.rawValue, answer.encoding.rawValue, answer.isTaken ? "ok" : "FAILED",
                "\(Int((answer.seconds * 1000).rounded())) ms", answer.url, answer.words,
            ]
        }
        return TextTable.render([["destination", "signal", "protocol", "result", "time", "url", "answer"]] + rows)
    }
}

/// Rows of text in columns as wide as their widest cell.
enum TextTable {
    /// The first row is the head.
    static func render(_ rows: [[String]]) -> String {
        guard let head = rows.first else { return "" }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { cells in
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
