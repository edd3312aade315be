#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `server.json` in the data folder while a server runs: how commands on this machine reach it.
package struct RunningServer: Codable, Sendable, Equatable {
    package static let fileName = "server.json"

    package let endpoint: String
    package let region: String
    /// The self-made certificate's file, for clients to trust.
    package let certificate: String?

    package init(endpoint: String, region: String, certificate: String?) {
        self.endpoint = endpoint
        self.region = region
        self.certificate = certificate
    }

    /// Nil when no server wrote one. After a crash the file may name one that no longer runs. Blocks.
    package static func read(folder: String) throws -> RunningServer? {
        guard let bytes = try PrivateFile.read("\(folder)/\(fileName)") else { return nil }
        return try? JSONDecoder().decode(RunningServer.self, from: Data(bytes))
    }

    /// Blocks.
    package func write(folder: String) throws {
        try PrivateFile.write([UInt8](JSONEncoder().encode(self)) + [UInt8(ascii: "\n")], to: "\(folder)/\(Self.fileName)")
    }

    package static func remove(folder: String) {
        unlink("\(folder)/\(fileName)")
    }
}
