// swift-tools-version: 6.2
import PackageDescription

/// Every room obeys the same compiler rules; see docs/decisions for why each is on.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-enforce-exclusivity=unchecked", "-cross-module-optimization"], .when(configuration: .release)),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let posix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// A room: a folder under `Sources`, and what it may import. `make check` holds the imports to this list.
func room(_ name: String, at path: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(path)", resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)Tests", resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "weir",
    products: [.executable(name: "weir", targets: ["weir"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", path: "Sources/System/CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "COpenSSL", path: "Sources/System/COpenSSL", pkgConfig: "openssl"),
        .systemLibrary(name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib"),
        .target(name: "CRE2", path: "Sources/System/CRE2", linkerSettings: [.linkedLibrary("re2")]),

        room("GatewayTypes", at: "GatewayTypes", [nio]),
        room("JSON", at: "JSON", [nio]),
        room("Crypto", at: "Crypto", ["COpenSSL"]),
        room("Compression", at: "Compression", ["CZlib", nio]),
        room("Patterns", at: "Patterns", ["CRE2"]),
        room("ProxyCore", at: "ProxyCore", ["GatewayTypes", "Telemetry", nio]),
        room("Authentication", at: "Stages/Authentication", ["GatewayTypes", "JSON"]),
        room("Limits", at: "Stages/Limits", ["GatewayTypes"]),
        room("Guardrails", at: "Stages/Guardrails", ["GatewayTypes", "JSON"]),
        room("Cache", at: "Stages/Cache", ["GatewayTypes"]),
        room("Routing", at: "Stages/Routing", ["GatewayTypes"]),
        room("Budgets", at: "Stages/Budgets", ["GatewayTypes"]),
        room("Dialects", at: "Edges/Dialects", ["GatewayTypes", "JSON", nio]),
        room("Callouts", at: "Callouts", ["GatewayTypes", "Dialects", "Crypto", nio]),
        room("Credentials", at: "Edges/Credentials", ["GatewayTypes", "Crypto", nio]),
        room("Listener", at: "Edges/Listener", ["GatewayTypes", "Compression", "Crypto", nio, posix]),
        room("Upstream", at: "Edges/Upstream", ["GatewayTypes", "CCurl", nio, posix]),
        room("Metering", at: "Metering", ["GatewayTypes"], resources: [.embedInCode("Resources/prices.txt")]),
        room("Telemetry", at: "Observability/Telemetry", ["GatewayTypes", nio]),
        .target(
            name: "COTLP", path: "Sources/Observability/COTLP", exclude: ["weir_otlp.proto"],
            linkerSettings: [.linkedLibrary("protobuf-c")]),
        room("OTLP", at: "Observability/OTLP", ["GatewayTypes", "Telemetry", "COTLP", "Compression", nio]),
        room(
            "Storage", at: "Storage",
            [
                "GatewayTypes", nio, .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        room("Notifications", at: "Notifications", ["GatewayTypes", "JSON", nio]),
        room("Simulator", at: "Simulator", ["GatewayTypes", "Dialects", "JSON", nio]),
        room(
            "GatewayServer", at: "GatewayServer",
            [
                "GatewayTypes", "JSON", "ProxyCore", "Authentication", "Limits", "Guardrails", "Cache", "Routing",
                "Budgets",
                "Notifications", "Dialects", "Callouts", "Patterns",
                "Credentials", "Listener", "Upstream", "Crypto",
                "Compression", "Metering", "Telemetry", "OTLP", "Storage", "Simulator", nio, logging,
                .product(name: "Yams", package: "Yams"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "weir",
            dependencies: ["GatewayServer", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Sources/weir", swiftSettings: strict),

        .target(
            name: "FuzzCases", dependencies: ["GatewayTypes", "Dialects", nio], path: "Tests/Fuzz/Cases",
            swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["GatewayTypes", nio], path: "Tests/Support", swiftSettings: strict),
        tests("GatewayTypes", ["GatewayTypes"]),
        tests("JSON", ["JSON", nio]),
        tests("Authentication", ["TestSupport", "GatewayTypes", "Authentication", "Crypto", nio]),
        tests("Budgets", ["TestSupport", "GatewayTypes", "Budgets", nio]),
        tests("Compression", ["Compression", nio]),
        tests("Telemetry", ["TestSupport", "GatewayTypes", "Telemetry", nio]),
        tests("OTLP", ["GatewayTypes", "Telemetry", "COTLP", "OTLP", "Compression", nio]),
        tests("Fuzz", ["FuzzCases"]),
        tests("Dialects", ["GatewayTypes", "JSON", "Dialects", nio], resources: [.copy("Fixtures")]),
        tests(
            "GatewayServer",
            [
                "TestSupport", "GatewayServer", "GatewayTypes", "Authentication", "Listener", "Storage", "Telemetry",
                "Upstream", nio,
            ]),
        tests("Callouts", ["GatewayTypes", "Dialects", "Callouts", nio]),
        tests("Credentials", ["GatewayTypes", "Credentials", nio]),
        tests("Listener", ["GatewayTypes", "Listener", "Crypto", nio]),
        tests("ProxyCore", ["GatewayTypes", "ProxyCore", "Telemetry", nio]),
        tests("Limits", ["TestSupport", "GatewayTypes", "Limits", nio]),
        tests("Notifications", ["GatewayTypes", "JSON", "Notifications", nio]),
        tests(
            "Guardrails", ["TestSupport", "GatewayTypes", "Guardrails", "Patterns", nio], resources: [.copy("Corpus")]),
        tests("Cache", ["TestSupport", "GatewayTypes", "Cache", "Crypto", "Dialects", nio]),
        tests("Routing", ["TestSupport", "GatewayTypes", "Routing", nio]),
        tests("Simulator", ["GatewayTypes", "Simulator", nio]),
        tests("Upstream", ["GatewayTypes", "Listener", "Upstream", nio, posix]),
        tests("Crypto", ["Crypto"]),
        tests("Metering", ["TestSupport", "GatewayTypes", "Metering", "Crypto", nio]),
        tests(
            "Storage",
            ["GatewayTypes", "Storage", "Crypto", nio, .product(name: "GRDB", package: "GRDB.swift")]),
    ],
    cxxLanguageStandard: .cxx17
)

// The fuzzer is built by `scripts/fuzz` alone: it brings its own `main`, and every room under it is instrumented.
if Context.environment["WEIR_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "weir-fuzz", dependencies: ["FuzzCases"], path: "Tests/Fuzz/Runner",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
