import Foundation

/// OpenSSL's test server on a free port of the loopback, with a certificate that it signed itself.
final class SecureServer {
    struct Unavailable: Error {}

    let port: Int
    /// The certificate, as a PEM file of authorities.
    let caFile: String
    private let directory: URL
    private let server: Process

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("weir-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let (key, certificate) = (directory.path + "/key.pem", directory.path + "/certificate.pem")
        let maker = Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
            "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
        maker.standardError = FileHandle.nullDevice
        try maker.run()
        maker.waitUntilExit()
        let output = Pipe()
        server = Self.openssl(
            "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www")
        server.standardInput = Pipe()
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        port = try Self.port(in: output.fileHandleForReading)
        caFile = certificate
    }

    func stop() {
        // Foundation hands its threads' blocked signals down: the child would not hear SIGTERM.
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    private static func openssl(_ arguments: String...) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        return process
    }

    /// The server says `ACCEPT 127.0.0.1:PORT` when it listens.
    private static func port(in output: FileHandle) throws -> Int {
        var text = ""
        while true {
            let data = output.availableData
            guard !data.isEmpty else { throw Unavailable() }
            text += String(decoding: data, as: UTF8.self)
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) {
                guard line.hasPrefix("ACCEPT"), let colon = line.lastIndex(of: ":") else { continue }
                guard let port = Int(line[line.index(after: colon)...]) else { throw Unavailable() }
                return port
            }
        }
    }
}
