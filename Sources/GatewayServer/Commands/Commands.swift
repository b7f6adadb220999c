import Authentication
import Crypto
import Foundation
import GatewayTypes
import Logging
import Metering
import Telemetry

/// What the program's subcommands do; `Sources/weir` only parses their arguments.
public enum Commands {
    /// Why a command did not do its work, in a sentence for people.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }
    }

    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    // MARK: serve

    /// `ignoresStored`: what the admin API declared is left out.
    public static func serve(path: String, ignoresStored: Bool = false) async throws(Refusal) {
        var logger = Logger(label: "weir") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .info
        let (loaded, stored) = try StoredConfiguration.load(path: path, ignoresStored: ignoresStored)
        for warning in loaded.warnings { logger.warning("\(warning)") }
        let signals = await Signals.trap()
        do {
            let server = try await Server(
                loaded, stored: stored, path: path, environment: environment, logger: logger)
            let addresses = try await server.open()
            Terminal.complain("listening on \(addresses.app)")
            Terminal.complain("metrics on \(addresses.metrics)")
            Terminal.complain("admin on \(addresses.admin)")
            await server.run(until: signals)
        } catch {
            throw Refusal(error.description)
        }
    }

    // MARK: check

    /// What to print, and whether the configuration has no errors.
    public static func check(path: String, resolveSecrets: Bool) -> (lines: [String], isSound: Bool) {
        let result = load(path: path, resolveSecrets: resolveSecrets)
        let isSound = if case .success = result { true } else { false }
        return (ConfigurationReport.lines(result), isSound)
    }

    static func load(path: String, resolveSecrets: Bool) -> Result<LoadedConfiguration, ConfigurationProblems> {
        Configuration.load(
            path: path, environment: environment, resolveSecrets: resolveSecrets, knowledge: Knowledge.current)
    }

    // MARK: init

    /// Writes what does not exist yet; returns what to print.
    public static func initialise(path: String) throws(Refusal) -> [String] {
        let file = URL(fileURLWithPath: path)
        let keyFile = file.deletingLastPathComponent().appendingPathComponent("weir-admin.key")
        for existing in [file, keyFile] where FileManager.default.fileExists(atPath: existing.path) {
            throw Refusal("\(existing.path) exists already; move it away, or name another file with --config.")
        }
        do {
            let key = "wa_" + Hex.text(try RandomBytes.make(32))
            try write(Data((key + "\n").utf8), to: keyFile, mode: 0o600)
            try write(
                Data(ConfigurationTemplate.annotated(adminKeyFile: keyFile.lastPathComponent).utf8), to: file,
                mode: 0o644)
        } catch {
            throw Refusal("\(error)")
        }
        return [
            "wrote \(path): edit it, then run: weir check \(path)",
            "wrote \(keyFile.lastPathComponent): the admin key, readable by you alone",
        ]
    }

    /// Creates a file that does not exist yet.
    private static func write(_ data: Data, to file: URL, mode: Int) throws {
        let made = FileManager.default.createFile(
            atPath: file.path, contents: data, attributes: [.posixPermissions: mode])
        guard made else { throw Refusal("\(file.path) cannot be written; is its directory there and writable?") }
    }

    // MARK: docs

    public static func writeDocs(into directory: String) throws(Refusal) -> [String] {
        let pages = [
            ("metrics.md", InstrumentCatalog.markdown), ("configuration.md", ConfigurationDocs.markdown()),
            ("configuration.schema.json", ConfigurationDocs.jsonSchema()),
        ]
        for (name, text) in pages {
            do {
                try Data(text.utf8).write(to: URL(fileURLWithPath: directory).appendingPathComponent(name))
            } catch {
                throw Refusal("\(directory)/\(name) cannot be written: \(error.localizedDescription)")
            }
        }
        return pages.map { "wrote \(directory)/\($0.0)" }
    }
}

/// What the configuration's checks ask of other rooms.
enum Knowledge {
    static var current: ConfigurationKnowledge {
        let catalog = try? PriceCatalog.embedded()
        return ConfigurationKnowledge(
            sha256: { Hex.text(SHA256.digest(Array($0.utf8))) },
            isPriced: { provider, model in
                catalog?.knows(provider: provider.name, kind: provider.kind, model: model) ?? true
            },
            tlsProblem: { settings in
                do throws(TLSFault) { _ = try TLSServer(settings) } catch { return "\(error)" }
                return nil
            },
            keySetProblem: { path, algorithms in
                do throws(TokenIssuer.Trouble) {
                    _ = try KeySetReader.set(KeySetReader.file(path), algorithms, "the file \(path)")
                } catch {
                    return error.sentence
                }
                return nil
            })
    }
}

/// The terminal that a command was started from.
public enum Terminal {
    /// Prints a line to standard error.
    public static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints a line to standard output at once.
    static func say(_ text: String = "") { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
