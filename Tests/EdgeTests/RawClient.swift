import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A connection whose bytes the test writes and reads itself.
final class RawClient: Sendable {
    private struct Received {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private let channel: any Channel
    private let received: ReceivedBox

    private final class ReceivedBox: Sendable {
        let state = Mutex(Received())
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let box: ReceivedBox

        init(_ box: ReceivedBox) {
            self.box = box
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            box.state.withLock { $0.bytes.append(contentsOf: buffer.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { box.state.withLock { $0.isClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { box.state.withLock { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private init(_ channel: any Channel, _ received: ReceivedBox) {
        self.channel = channel
        self.received = received
    }

    static func connect(port: Int) async throws -> RawClient {
        let box = ReceivedBox()
        let channel = try await ClientBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(box)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel, box)
    }

    /// Line ends are `\n` in tests and CRLF on the wire.
    func sendHead(_ head: String) async throws {
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// As `send`, but the server may close before everything is written.
    func trySend(_ text: String) async { try? await channel.writeAndFlush(ByteBuffer(string: text)) }

    func closeOutput() async throws { try await channel.close(mode: .output) }

    func close() async { try? await channel.close() }

    func stopReading() async throws { try await channel.setOption(ChannelOptions.autoRead, value: false).get() }

    var text: String { received.state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var byteCount: Int { received.state.withLock { $0.bytes.count } }
    /// The server has closed its side.
    var isClosed: Bool { received.state.withLock { $0.isClosed } }

    func waitForText(_ part: String) async throws {
        try await eventually("\(part) arrives") { text.contains(part) || isClosed }
    }

    func waitForClose() async throws { try await eventually("the server closes") { isClosed } }
}
