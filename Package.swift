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
    ],
    targets: [
        // Base: values, bytes and the environment.
        room("Model", on: "Base"),
        .target(name: "CIntrinsics", path: "Sources/Base/CIntrinsics"),
        room("Bytes", on: "Base", ["Model", "CIntrinsics"]),
        room("Environment", on: "Base", ["Model", "CIntrinsics"]),
        // Storage: the ports.
        room("StoragePorts", on: "Storage", ["Model", "Environment", nioCore]),
        room("BlobFiles", on: "Storage", ["Model", "Bytes", "Environment", "StoragePorts", nioCore]),
        // Protocols: what every door sees of a request.
        room("Doors", on: "Protocols", ["Model", nioCore, httpTypes]),
        // Test support.
        .target(
            name: "SimulationKit", dependencies: ["Environment", "Model", "Bytes"], path: "Sources/TestSupport/SimulationKit", swiftSettings: settings),

        tests("BytesTests", ["Bytes", "Model"]),
        tests("BlobFilesTests", ["BlobFiles", "StoragePorts", "Bytes", "Environment", "Model", "SimulationKit", nioCore]),
        tests("SimulationKitTests", ["SimulationKit", "Environment", "Model"]),
    ]
)
