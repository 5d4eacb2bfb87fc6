// swift-tools-version: 6.2
import PackageDescription

/// The settings every target shares: Swift 6 language mode and the upcoming features that make
/// existentials and imports say what they are.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // The places at which tests kill the process. A release build has none.
    .define("APUS_FAILPOINTS", .when(configuration: .debug)),
]

let package = Package(
    name: "apus",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .library(name: "ApusCore", targets: ["ApusCore"]),
        .library(name: "ApusEngine", targets: ["ApusEngine"]),
        .library(name: "ApusPostgres", targets: ["ApusPostgres"]),
        .library(name: "ApusSQLite", targets: ["ApusSQLite"]),
        .library(name: "ApusLint", targets: ["ApusLint"]),
        .library(name: "ApusWeb", targets: ["ApusWeb"]),
        .library(name: "ApusTesting", targets: ["ApusTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.3"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.4.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "ApusCore",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(
            name: "ApusEngine",
            dependencies: [
                "ApusCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .target(
            name: "CLibpq",
            // On Linux libpq is loaded when it is needed, and not linked.
            dependencies: [.target(name: "CLibpqSystem", condition: .when(platforms: [.macOS]))]),
        .systemLibrary(name: "CLibpqSystem", pkgConfig: "libpq", providers: [.brew(["libpq"])]),
        .target(
            name: "ApusPostgres",
            dependencies: [
                "ApusCore", "ApusEngine", "CLibpq",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [
                .embedInCode("registry.sql"), .embedInCode("registry-upgrade-2.sql"),
                .embedInCode("registry-upgrade-3.sql"), .embedInCode("registry-upgrade-4.sql"),
                .embedInCode("registry-upgrade-5.sql"),
                .embedInCode("Schema/Queries"),
            ],
            swiftSettings: settings),
        .target(
            name: "ApusSQLite",
            dependencies: [
                "ApusCore", "ApusEngine",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [
                .embedInCode("registry.sql"), .embedInCode("registry-upgrade-2.sql"),
                .embedInCode("registry-upgrade-3.sql"), .embedInCode("registry-upgrade-4.sql"),
                .embedInCode("registry-upgrade-5.sql"),
            ],
            swiftSettings: settings),
        .target(
            name: "ApusTesting",
            dependencies: [
                "ApusCore", "ApusEngine",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
        .target(
            name: "ApusLint",
            dependencies: [
                "ApusCore", "CPgQuery",
                .product(name: "HashTreeCollections", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .target(
            name: "ApusWeb",
            dependencies: [
                "ApusCore", "ApusEngine",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.embedInCode("Resources")],
            swiftSettings: settings),
        .target(
            name: "ApusCLI",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusLint", "ApusPostgres", "ApusSQLite", "ApusWeb",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "apus",
            dependencies: [
                "ApusCLI", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "GuestRegistration",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusLint", "ApusPostgres", "ApusSQLite", "ApusWeb",
                "CLibpq",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/GuestRegistration/Server",
            resources: [.embedInCode("Resources")],
            swiftSettings: settings),
        .executableTarget(
            name: "PlannerBenchmark",
            dependencies: ["ApusCore"],
            path: "Benchmarks/Planner",
            swiftSettings: settings),
        .testTarget(
            name: "ApusCoreTests",
            dependencies: ["ApusCore", "CPgQuery"],
            swiftSettings: settings),
        .testTarget(
            name: "ApusEngineTests",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusSQLite", "ApusTesting",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ApusPostgresTests",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusPostgres", "ApusTesting", "CLibpq",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ApusSQLiteTests",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusSQLite", "ApusTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ApusLintTests",
            dependencies: [
                "ApusCore", "ApusLint", "CLibpq",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ApusWebTests",
            dependencies: [
                "ApusCore", "ApusEngine", "ApusLint", "ApusSQLite", "ApusTesting", "ApusWeb",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "GuestRegistrationTests",
            dependencies: ["GuestRegistration"],
            swiftSettings: settings),
        .testTarget(
            name: "ApusCLITests",
            dependencies: ["ApusCLI", "ApusCore", "ApusEngine", "ApusLint"],
            swiftSettings: settings),
    ]
)
