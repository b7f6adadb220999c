import Foundation
import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct PromtoolTests {
    static let promtool = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { $0 + "/promtool" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    static let mustRun = ProcessInfo.processInfo.environment["CI"] != nil

    @Test(.enabled(if: promtool != nil || mustRun, "promtool is not installed"))
    func `Promtool finds nothing to complain about`() throws {
        let path = try #require(Self.promtool, "promtool is missing: install Debian's prometheus")
        let fixture = Fixture()
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].settled(fixture.outcome())
        // Every instrument has a series, so that every name and help text is seen.
        telemetry.register { writer in
            for spec in InstrumentCatalog.all where spec.type != .histogram {
                let values = spec.labels.map { _ in "x" }
                switch spec.type {
                case .counter: writer.add(spec.id, values, 1)
                case .gauge, .info, .histogram: writer.set(spec.id, values, 1)
                }
            }
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(telemetry.text().utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(said.isEmpty, "\(said)")
    }
}
