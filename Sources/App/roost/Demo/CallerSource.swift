import RoostServer

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Caller {
    /// From the environment as SDKs read it (`AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_DEFAULT_REGION`, `AWS_CA_BUNDLE`), or, with `dataFolder`, as the server that serves it wrote it down.
    static func found(dataFolder: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Caller {
        if let dataFolder { return try ofFolder(dataFolder, environment) }
        guard let endpoint = environment["AWS_ENDPOINT_URL"], let id = environment["AWS_ACCESS_KEY_ID"],
            let secret = environment["AWS_SECRET_ACCESS_KEY"]
        else {
            let standard = ServerOption.data.fallback ?? ""
            if (try? RootCredentials.read(folder: standard)) != nil { return try ofFolder(standard, environment) }
            throw ConfigurationError(
                "set AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --data DIR of a running server")
        }
        return Caller(
            endpoint: try Endpoint(endpoint), accessKeyID: id, secretAccessKey: secret,
            region: environment["AWS_DEFAULT_REGION"] ?? environment["AWS_REGION"] ?? ServerOption.region.fallback ?? "",
            trustFile: environment["AWS_CA_BUNDLE"])
    }

    private static func ofFolder(_ folder: String, _ environment: [String: String]) throws -> Caller {
        guard let credentials = try RootCredentials.read(folder: folder) else {
            throw ConfigurationError("'\(folder)' holds no \(RootCredentials.fileName): is it the data folder of a server?")
        }
        guard let running = try RunningServer.read(folder: folder) else {
            throw ConfigurationError("no server runs on '\(folder)': start it with roost serve --data \(folder)")
        }
        let endpoint = try Endpoint(running.endpoint)
        return Caller(
            endpoint: endpoint, accessKeyID: credentials.keys.accessKeyID, secretAccessKey: credentials.keys.secretAccessKey,
            region: running.region, trustFile: endpoint.isSecure ? running.certificate ?? environment["AWS_CA_BUNDLE"] : nil)
    }
}
