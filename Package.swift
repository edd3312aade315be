// swift-tools-version: 6.2
import PackageDescription

// Five floors, listed from the ground up. A target imports only from floors below it
// (and, among protocols, from the wire rooms `Doors` and `AWSWire`); a test checks it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // An async call stays where its caller runs: no look for another executor at every border between functions.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func room(
    _ name: String, on floor: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], linking: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", exclude: exclude, swiftSettings: settings,
        linkerSettings: linking)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

/// The executables carry Swift's libraries in them, as what is called the most: calls then go straight to them (a small GET costs a third
/// less), and a machine that runs Roost needs no Swift. A setting of the link alone, so that tests share the same objects.
let staticLibraries: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib"], .when(platforms: [.linux])),
    .linkedLibrary("_FoundationCShims", .when(platforms: [.linux])),
    .linkedLibrary("_FoundationCollections", .when(platforms: [.linux])),
]

/// RocksDB: the system's shared library, or by the flags that Sources/Storage/CRocksDB/static-link prints its archive, so that each of
/// its many looks at a thread's own counters goes straight there. See docs/adr/0011.
let rocksDB: [LinkerSetting] =
    if let flags = Context.environment["ROOST_ROCKSDB_LINK"], !flags.isEmpty {
        [.unsafeFlags(flags.split(separator: " ").flatMap { ["-Xlinker", String($0)] })]
    } else {
        [.linkedLibrary("rocksdb")]
    }

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let nioCore = product("NIOCore", "swift-nio")
let nioPosix = product("NIOPosix", "swift-nio")
let httpTypes = product("HTTPTypes", "swift-http-types")
let crypto = product("Crypto", "swift-crypto")
let protobuf = product("SwiftProtobuf", "swift-protobuf")
let logging = product("Logging", "swift-log")
let metrics = product("Metrics", "swift-metrics")
let coreMetrics = product("CoreMetrics", "swift-metrics")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let arguments = product("ArgumentParser", "swift-argument-parser")

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        // Base: values, bytes and the environment.
        .target(name: "CIntrinsics", path: "Sources/Base/CIntrinsics"),
        .systemLibrary(name: "CZlib", path: "Sources/Base/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        room("Model", on: "Base"),
        room("Bytes", on: "Base", ["Model", "CIntrinsics", "CZlib"]),
        room("Environment", on: "Base", ["Model", "CIntrinsics"]),
        room("Hashing", on: "Base", ["Environment", "CIntrinsics", nioCore]),
        room("JSON", on: "Base", ["Bytes", nioCore]),
        room("Policy", on: "Base", ["Model", "Bytes", "JSON", nioCore]),
        room("Envelope", on: "Base", ["Bytes", "Environment", nioCore, crypto]),

        // Storage: the ports, and the engines that make them on one machine.
        .systemLibrary(name: "CRocksDB", path: "Sources/Storage/CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        room("StoragePorts", on: "Storage", ["Model", "Environment", nioCore]),
        room("Journal", on: "Storage", ["Model", "Bytes", "Environment"]),
        room("Index", on: "Storage", ["Model", "Environment", "StoragePorts", "CRocksDB"], linking: rocksDB),
        room("BlobFiles", on: "Storage", ["Model", "Bytes", "Environment", "StoragePorts", nioCore]),
        room(
            "EmbeddedStorage", on: "Storage",
            ["Model", "Bytes", "Environment", "StoragePorts", "Journal", "Index", "BlobFiles", nioCore, logging, metrics]),

        // Domains: the rules.
        room(
            "Identity", on: "Domains", ["Model", "Bytes", "Environment", "Envelope", "StoragePorts", crypto, protobuf],
            exclude: ["identity.proto"]),
        room(
            "Objects", on: "Domains",
            ["Model", "Bytes", "JSON", "Policy", "Environment", "Envelope", "Hashing", "StoragePorts", nioCore, crypto, protobuf],
            exclude: [
                "Formats/encryption.proto", "Formats/lifecycle.proto", "Formats/objects.proto", "Formats/quota.proto",
                "Formats/settings.proto", "Formats/versioning.proto",
            ]),
        room(
            "Queues", on: "Domains", ["Model", "Bytes", "Environment", "Envelope", "StoragePorts", crypto, protobuf],
            exclude: ["queues.proto"]),

        room("Webhooks", on: "Domains", ["Model", "Bytes", "Environment", "StoragePorts", crypto]),

        room("Keys", on: "Domains", ["Model", "Bytes", "Environment", "Envelope", "StoragePorts", protobuf], exclude: ["keys.proto"]),

        // Protocols: what every door sees of a request, the wire formats, the doors, the listeners.
        .systemLibrary(name: "CExpat", path: "Sources/Protocols/CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        room("Doors", on: "Protocols", ["Model", nioCore, httpTypes]),
        room("AWSWire", on: "Protocols", ["Model", "Bytes", "JSON", "Doors", "CExpat", nioCore, httpTypes, crypto]),
        room(
            "S3", on: "Protocols",
            [
                "Model", "Bytes", "JSON", "Policy", "Environment", "Envelope", "Hashing", "StoragePorts", "Objects", "Identity", "Doors",
                "AWSWire", nioCore, httpTypes, crypto,
            ]),
        room(
            "SQS", on: "Protocols",
            ["Model", "Bytes", "JSON", "StoragePorts", "Identity", "Queues", "Doors", "AWSWire", nioCore, httpTypes, crypto]),
        room(
            "Edge", on: "Protocols",
            [
                "Model", "Bytes", "Environment", "Doors", nioCore, httpTypes, product("NIOHTTP1", "swift-nio"),
                product("NIOTLS", "swift-nio"), product("NIOSSL", "swift-nio-ssl"), product("NIOHTTP2", "swift-nio-http2"),
                product("HummingbirdCore", "hummingbird"), logging, lifecycle,
            ]),
        room(
            "Outbound", on: "Protocols",
            [nioCore, nioPosix, product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl")]),

        // App: the composition root and the executable.
        room(
            "RoostServer", on: "App",
            [
                "Model", "Bytes", "JSON", "Policy", "Envelope", "Environment", "Hashing", "StoragePorts", "Index", "EmbeddedStorage",
                "BlobFiles", "Identity", "Objects", "Keys", "Queues", "Webhooks", "Outbound",
                "Doors", "AWSWire", "S3", "SQS", "Edge", nioCore, nioPosix, httpTypes, logging, coreMetrics, crypto, lifecycle,
                product("Configuration", "swift-configuration"), product("X509", "swift-certificates"),
                product("SwiftASN1", "swift-asn1"), product("UnixSignals", "swift-service-lifecycle"),
            ]),

        .executableTarget(
            name: "roost",
            dependencies: [
                "RoostServer", "EmbeddedStorage", "AWSWire", "JSON", "Bytes", "Environment", "Model", nioCore, nioPosix, httpTypes, crypto,
                arguments, product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
            ],
            path: "Sources/App/roost", swiftSettings: settings, linkerSettings: staticLibraries),

        // What tests stand on.
        room("SimulationKit", on: "TestSupport", ["Environment", "Model", "Bytes"]),
        room("ModelLedger", on: "TestSupport", ["Model", "Environment", "StoragePorts", nioCore]),
        room(
            "FuzzTargets", on: "TestSupport",
            [
                "AWSWire", "BlobFiles", "Bytes", "EmbeddedStorage", "Environment", "JSON", "Journal", "Model", "Policy", "SimulationKit",
                "StoragePorts",
                nioCore, httpTypes,
            ]),

        // Benchmarks: load that wrk cannot make, and what the listener alone can do.
        .executableTarget(
            name: "roost-load", dependencies: ["AWSWire", "Environment", "Model", "Bytes", httpTypes, crypto, arguments],
            path: "Benchmarks/LoadGenerator", swiftSettings: settings, linkerSettings: staticLibraries),
        .executableTarget(
            name: "EdgeBench", dependencies: ["Edge", "Doors", "Environment", "Model", nioCore, nioPosix, httpTypes, logging],
            path: "Benchmarks/EdgeBench", swiftSettings: settings),
        .executableTarget(name: "PolicyBench", dependencies: ["Policy"], path: "Benchmarks/PolicyBench", swiftSettings: settings),

        tests("TidyTests", []),
        tests("ModelTests", ["Model"]),
        tests("BytesTests", ["Bytes", "Model", "CZlib"]),
        tests("HashingTests", ["Hashing", nioCore, crypto]),
        tests("EnvironmentTests", ["Environment", "Model", "SimulationKit"]),
        tests("SimulationKitTests", ["SimulationKit", "Environment", "Model"]),
        tests("JournalTests", ["Journal", "Bytes", "Environment", "Model", "SimulationKit"]),
        tests("IndexTests", ["Index", "Environment", "Model", "StoragePorts", "SimulationKit"]),
        tests("BlobFilesTests", ["BlobFiles", "StoragePorts", "Bytes", "Environment", "Model", "SimulationKit", nioCore]),
        tests(
            "LedgerConformanceTests",
            ["Model", "Environment", "StoragePorts", "ModelLedger", "EmbeddedStorage", "Index", "SimulationKit", logging]),
        tests(
            "EmbeddedStorageTests",
            [
                "EmbeddedStorage", "StoragePorts", "Index", "Journal", "BlobFiles", "Environment", "Model", "Bytes", "SimulationKit",
                nioCore,
                logging,
            ]),
        tests(
            "SimulationTests",
            [
                "EmbeddedStorage", "StoragePorts", "Index", "Journal", "BlobFiles", "Environment", "Envelope", "Model", "Bytes",
                "Objects", "Identity", "Keys", "Webhooks", "SimulationKit",
                nioCore,
                logging,
            ]),
        tests(
            "LinearizabilityTests",
            [
                "Objects", "EmbeddedStorage", "StoragePorts", "Journal", "Index", "ModelLedger", "Environment", "Model", "SimulationKit",
                nioCore, logging,
            ]),
        tests(
            "IdentityTests",
            ["Identity", "Bytes", "Envelope", "Environment", "Model", "ModelLedger", "SimulationKit", "StoragePorts", protobuf]),
        tests("KeysTests", ["Keys", "Envelope", "Bytes", "Environment", "Model", "ModelLedger", "SimulationKit", "StoragePorts"]),
        tests(
            "ObjectsTests",
            [
                "Objects", "Envelope", "Model", "Bytes", "Environment", "StoragePorts", "ModelLedger", "SimulationKit", nioCore, crypto,
                protobuf,
            ]),
        tests("QueuesTests", ["Queues", "Bytes", "Envelope", "Environment", "Model", "ModelLedger", "SimulationKit", "StoragePorts"]),
        tests("WebhooksTests", ["Webhooks", "Environment", "Model", "ModelLedger", "SimulationKit", "StoragePorts"]),
        tests("JSONTests", ["JSON", nioCore]),
        tests("PolicyTests", ["Policy", "Model"]),
        tests("EnvelopeTests", ["Envelope", "Bytes", "Environment", "SimulationKit", nioCore]),
        tests("AWSWireTests", ["AWSWire", "JSON", "Model", "Bytes", "FuzzTargets", nioCore, httpTypes, crypto], exclude: ["Resources"]),
        tests(
            "S3Tests",
            [
                "S3", "Model", "Bytes", "CZlib", "Envelope", "Environment", "StoragePorts", "Objects", "Identity", "Doors", "AWSWire",
                "ModelLedger", "SimulationKit", nioCore, httpTypes, crypto,
            ]),
        tests(
            "SQSTests",
            [
                "SQS", "Model", "Bytes", "Envelope", "JSON", "StoragePorts", "Identity", "Queues", "Doors", "AWSWire", "ModelLedger",
                "SimulationKit", nioCore, httpTypes, crypto,
            ]),
        tests("EdgeTests", ["Edge", "Doors", "Environment", "Model", "SimulationKit", nioCore, nioPosix, httpTypes, logging, lifecycle]),
        tests("ServerTests", ["RoostServer", "Edge", "Doors", "Environment", "Model", nioCore, httpTypes, coreMetrics, logging]),
    ]
)
