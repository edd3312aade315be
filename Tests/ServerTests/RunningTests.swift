import Doors
import Edge
import Environment
import HTTPTypes
import Model
import NIOCore
import RoostServer
import Synchronization
import Testing

/// Answers with what came: the body of a PUT, else the method and path.
private struct MirrorDoor: Door {
    func answer(_ request: DoorRequest) async -> DoorResponse {
        var whole = ByteBuffer()
        do {
            while var piece = try await request.body.next() { whole.writeBuffer(&piece) }
        } catch {
            return DoorResponse(status: .badRequest, operation: "Mirror")
        }
        if request.method != .put { whole = ByteBuffer(string: "\(request.method.rawValue) \(request.rawPath)?\(request.rawQuery)") }
        return DoorResponse(status: .ok, body: .bytes(whole), operation: "Mirror")
    }
}

private struct OneNaming: ServiceNaming {
    func service(of request: DoorRequest) -> ServiceChoice { .service("s3") }
    func service(ofForm body: [UInt8]) -> String? { nil }
}

private final class Announced: Sendable {
    private let state = Mutex("")
    var text: String { state.withLock { $0 } }
    func set(_ text: String) { state.withLock { $0 = text } }
}

@Suite("A running server", .serialized) struct RunningTests {
    /// Runs the server on a free port and gives its endpoint and folder to `body`.
    private func withServer(_ flags: [String], _ body: @escaping @Sendable (String, String) async throws -> Void) async throws {
        let folder = try makeFolder()
        defer { removeFolder(folder) }
        let settings = try ConfigurationLoader.load(
            arguments: ["--data", folder, "--listen", "127.0.0.1:0", "--log-level", "error"] + flags, environment: [:])
        let announced = Announced()
        let closed = Atomic<Bool>(false)
        let server = RoostServer(settings, announce: { announced.set($0) }) { inputs in
            let credentials = try RootCredentials.settle(in: folder, account: inputs.settings.account, keys: nil)
            return Composed(
                doors: ["s3": MirrorDoor()], naming: OneNaming(), credentials: credentials,
                close: { closed.store(true, ordering: .relaxed) })
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run(signals: []) }
            group.addTask {
                while announced.text.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                let endpoint = try #require(announced.text.split(whereSeparator: { $0 == " " || $0 == "\n" }).first { $0.contains("://") })
                try await body(String(endpoint), folder)
            }
            // Whichever ends first: the body, or a server that could not run.
            defer { group.cancelAll() }
            try await group.next()
        }
        let isClosed = closed.load(ordering: .relaxed)
        #expect(isClosed, "storage is closed in the end")
    }

    @Test func aNewFolderShowsItsKeysOnce() async throws {
        try await withServer([]) { endpoint, folder in
            let credentials = try #require(try RootCredentials.read(folder: folder))
            let running = try #require(try RunningServer.read(folder: folder))
            #expect(running == RunningServer(endpoint: endpoint, region: "us-east-1", certificate: nil))
            let settings = try ConfigurationLoader.load(arguments: ["--data", folder], environment: [:])
            let again = try RootCredentials.settle(in: folder, account: settings.account, keys: nil)
            let later = Welcome.text(endpoint: endpoint, settings: settings, credentials: again, version: "1")
            #expect(!later.contains(credentials.keys.secretAccessKey) && later.contains(credentials.keys.accessKeyID))
        }
    }

    @Test(arguments: ["--http1.1", "--http2"]) func tlsServesBothVersions(version: String) async throws {
        try await withServer(["--tls", "self-made"]) { endpoint, folder in
            let trust = ["-sS", version, "--cacert", "\(folder)/\(SelfMadeCertificate.certificateFile)"]
            let got = try await run("curl", trust + ["-w", " %{http_version}", "\(endpoint)/a%2Fb?c=%20"])
            #expect(got == "GET /a%2Fb?c=%20 " + (version == "--http2" ? "2" : "1.1"))
            let head = try await run("curl", trust + ["-I", "\(endpoint)/bucket"])
            #expect(head.lowercased().contains("server: roost") && head.contains("200"))
            let ready = try await run("curl", trust + ["\(endpoint)/readyz"])
            #expect(ready == "ready\n")
        }
    }

    @Test(arguments: ["--http1.1", "--http2"]) func largeBodiesPassBothWays(version: String) async throws {
        try await withServer(["--tls", "self-made"]) { endpoint, folder in
            let file = "\(folder)/payload"
            let text = (0..<200_000).map { "line \($0) of some text\n" }.joined()
            try writeText(text, to: file)
            let trust = ["-sS", version, "--cacert", "\(folder)/\(SelfMadeCertificate.certificateFile)"]
            let back = try await run("curl", trust + ["-T", file, "\(endpoint)/payload"])
            #expect(back == text)
        }
    }

    @Test func metricsCountWhatHappened() async throws {
        try await withServer([]) { endpoint, _ in
            _ = try await run("curl", ["-sS", "\(endpoint)/one"])
            let metrics = try await run("curl", ["-sS", "\(endpoint)/metrics"])
            #expect(metrics.contains("roost_http_requests_total{door=\"s3\",operation=\"Mirror\",status=\"200\"}"))
            #expect(metrics.contains("# TYPE roost_http_request_seconds histogram"))
        }
    }
}
