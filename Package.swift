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

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources, swiftSettings: settings)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    ],
    targets: [
        // Base: values, bytes and the environment.
        room("Model", on: "Base"),
        .target(name: "CIntrinsics", path: "Sources/Base/CIntrinsics"),
        room("Bytes", on: "Base", ["Model", "CIntrinsics"]),
        room("Environment", on: "Base", ["Model", "CIntrinsics"]),
        // Storage: the ports.
        room("StoragePorts", on: "Storage", ["Model", "Environment", nioCore]),
        // Domains: the rules.
        room("Identity", on: "Domains", ["Model", "Bytes", crypto]),
        tests("IdentityTests", ["Identity", "Model"]),
        room("Queues", on: "Domains", ["Model", "Bytes", "Environment", "StoragePorts", crypto, protobuf]),
        tests("QueuesTests", ["Queues", "Bytes", "Environment", "Model", "ModelLedger", "SimulationKit", "StoragePorts"]),
        // Storage: the log and the index.
        room("Journal", on: "Storage", ["Model", "Bytes", "Environment"]),
        .systemLibrary(name: "CRocksDB", path: "Sources/Storage/CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        room("Index", on: "Storage", ["Model", "Environment", "StoragePorts", "CRocksDB"]),
        // Protocols: what every door sees of a request.
        room("Doors", on: "Protocols", ["Model", nioCore, httpTypes]),
        // What tests stand on.
        room("ModelLedger", on: "TestSupport", ["Model", "Environment", "StoragePorts", nioCore]),
        // Protocols: AWS's wire formats, bytes to values and back.
        .systemLibrary(
            name: "CExpat", path: "Sources/Protocols/CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]
        ),
        room("AWSWire", on: "Protocols", ["Model", "Bytes", "Doors", "CExpat", nioCore, httpTypes, crypto]),
        room("SQS", on: "Protocols", ["Model", "Bytes", "StoragePorts", "Identity", "Queues", "Doors", "AWSWire", nioCore, httpTypes, crypto]),
        tests(
            "SQSTests",
            ["SQS", "Model", "Bytes", "StoragePorts", "Identity", "Queues", "Doors", "AWSWire", "ModelLedger", "SimulationKit", nioCore, httpTypes, crypto]),
        // Test support.
        .target(
            name: "SimulationKit", dependencies: ["Environment", "Model", "Bytes"], path: "Sources/TestSupport/SimulationKit", swiftSettings: settings),

        tests("TidyTests", []),
        tests("LedgerConformanceTests", ["Model", "Environment", "StoragePorts", "ModelLedger"]),
        tests("BytesTests", ["Bytes", "Model"]),
        tests("SimulationKitTests", ["SimulationKit", "Environment", "Model"]),
        room("FuzzTargets", on: "TestSupport", ["AWSWire", "Bytes", "Model", nioCore, httpTypes]),
        tests("AWSWireTests", ["AWSWire", "Model", "Bytes", "FuzzTargets", nioCore, httpTypes, crypto], exclude: ["Resources"]),
    ]
)
