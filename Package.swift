// swift-tools-version: 6.2
import PackageDescription

// Five floors, listed from the ground up. A target imports only from floors below it
// (and, among protocols, from the wire rooms `Doors` and `AWSWire`); a test checks it.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, on floor: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor)/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: settings)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    ],
    targets: [
        // Base: values, bytes and the environment.
        room("Model", on: "Base"),
        .target(name: "CIntrinsics", path: "Sources/Base/CIntrinsics"),
        room("Bytes", on: "Base", ["Model", "CIntrinsics"]),
        room("Environment", on: "Base", ["Model", "CIntrinsics"]),
        // Storage: the ports.
        room("StoragePorts", on: "Storage", ["Model", "Environment", nioCore]),
        // Protocols: what every door sees of a request.
        room("Doors", on: "Protocols", ["Model", nioCore, httpTypes]),
        // Listeners: bytes of connections to requests for doors, and back.
        room(
            "Edge", on: "Protocols",
            [
                "Model", "Bytes", "Environment", "Doors", nioCore, httpTypes,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // App: the composition root and the executable.
        room(
            "RoostServer", on: "App",
            [
                "Model", "Bytes", "Environment", "Doors", "Edge", nioCore, httpTypes,
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // What the listener alone can do: the yardstick for everything behind it.
        .executableTarget(
            name: "EdgeBench",
            dependencies: [
                "Edge", "Doors", "Environment", "Model", nioCore, httpTypes,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/EdgeBench", swiftSettings: settings),
        // Test support.
        .target(
            name: "SimulationKit", dependencies: ["Environment", "Model"], path: "Sources/TestSupport/SimulationKit", swiftSettings: settings),

        tests(
            "EdgeTests",
            [
                "Edge", "Doors", "Environment", "Model", nioCore, httpTypes,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        tests(
            "ServerTests",
            [
                "RoostServer", "Edge", "Doors", "Environment", "Model", nioCore, httpTypes,
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("BytesTests", ["Bytes", "Model"]),
    ]
)
