import Doors
import Edge
import Environment
import HTTPTypes
import Logging
import NIOCore
import NIOPosix

/// Serves a fixed 4 KiB to every request on the port given as the first argument, until it is killed.
@main struct EdgeBench {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9100
        let server = try EdgeServer(
            EdgeConfiguration(host: "127.0.0.1", port: port), router: FixedRouter(), observer: NoObserver(), clock: SystemClock(),
            random: SystemRandom(), group: NIOSingletons.posixEventLoopGroup, logger: Logger(label: "bench"))
        try await server.run()
    }
}

private struct FixedRouter: DoorRouter {
    private static let answer = DoorResponse(
        status: .ok, headers: [.contentType: "binary/octet-stream", .eTag: "\"0123456789abcdef0123456789abcdef\""],
        body: .bytes(ByteBuffer(repeating: 7, count: 4096)), operation: "Fixed")

    private struct FixedDoor: Door {
        func answer(_ request: DoorRequest) async -> DoorResponse { FixedRouter.answer }
    }

    func route(_ request: DoorRequest) -> Route { Route(name: "fixed", door: FixedDoor()) }
}

private struct NoObserver: EdgeObserver {
    func connectionOpened() {}
    func connectionClosed() {}
    func exchangeStarted() {}
    func exchangeFinished(_ record: ExchangeRecord) {}
    func requestRefused(_ status: HTTPResponse.Status?) {}
}
