import Doors
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Lays the pipeline of an accepted connection: TLS if configured, then HTTP/2 if the client chose it, else HTTP/1.1.
///
/// Hummingbird's listener accepts, counts connections and stops; its own HTTP channels are not used (docs/adr/0005).
struct EdgeChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let core: EdgeCore
    let loops: LoopContexts
    let tls: NIOSSLContext?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let loop = loops[channel.eventLoop]
            try setOptions(of: channel)
            let pipeline = channel.pipeline.syncOperations
            guard let tls else {
                try addHTTP1(channel, loop, nil)
                return Value(channel: channel)
            }
            try pipeline.addHandler(NIOSSLServerHandler(context: tls))
            try pipeline.addHandler(HandshakeTimeout(EdgeLimits.handshakeTimeout))
            try pipeline.addHandler(
                ApplicationProtocolNegotiationHandler { result, channel in
                    channel.eventLoop.makeCompletedFuture {
                        let version = try Self.tlsVersion(of: channel)
                        if case .negotiated("h2") = result {
                            try addHTTP2(channel, loop, version)
                        } else {
                            try addHTTP1(channel, loop, version)
                        }
                    }
                })
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            try? await value.channel.closeFuture.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }

    /// The handshake is over, and the listener takes no version below 1.2.
    private static func tlsVersion(of channel: any Channel) throws -> Doors.TLSVersion {
        let handler = try channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        return handler.tlsVersion == .tlsv13 ? .v1_3 : .v1_2
    }

    private func setOptions(of channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        let receive = EdgeLimits.receiveBytes
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: receive.min, initial: receive.initial, maximum: receive.max)
        try options.setOption(ChannelOptions.recvAllocator, value: allocator)
        // A connection keeps as many buffers as it may read at a time, whether or not it reads.
        try options.setOption(ChannelOptions.maxMessagesPerRead, value: 1)
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: EdgeLimits.writeBufferBytes.low, high: EdgeLimits.writeBufferBytes.high)
        try options.setOption(ChannelOptions.writeBufferWaterMark, value: mark)
        try options.setOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
    }

    private func addHTTP1(_ channel: any Channel, _ loop: LoopContext, _ tls: Doors.TLSVersion?) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = EdgeLimits.headBytesMax
        limits.maxHeaderListSize = EdgeLimits.headBytesMax
        limits.maxHeaderFieldCount = EdgeLimits.headerCountMax
        let pipeline = channel.pipeline.syncOperations
        let meter = ByteMeter(loop)
        try pipeline.addHandler(meter)
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)))
        try pipeline.addHandler(HTTP1Handler(core: core, loop: loop, meter: meter, tls: tls))
    }

    private func addHTTP2(_ channel: any Channel, _ loop: LoopContext, _ tls: Doors.TLSVersion) throws {
        let remote = channel.remoteAddress?.ipAddress ?? ""
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .maxHeaderListSize, value: EdgeLimits.headBytesMax),
            HTTP2Setting(parameter: .initialWindowSize, value: EdgeLimits.streamWindowBytes.unasked),
        ]
        configuration.stream.targetWindowSize = EdgeLimits.streamWindowBytes.asked
        let core = core
        let watch = HTTP2ConnectionWatch(core: core, loop: loop)
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: TimeAmount(core.limits.shutdownDrain), keepalive: nil))
        // Without the delegates neither the manager nor the watch would know of streams: the handler fires no events for them.
        let streams = HTTP2Streams(manager: manager.http2StreamDelegate, watch: NIOLoopBound(watch, eventLoop: channel.eventLoop))
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: configuration.connection,
            streamConfiguration: configuration.stream, streamDelegate: streams
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2StreamHandler(core: core, loop: loop, remoteAddress: remote, tls: tls))
            }
        }
        try channel.pipeline.syncOperations.addHandlers([SmallReads(), handler, manager, watch])
    }
}

/// Closes a connection whose TLS handshake takes too long.
final class HandshakeTimeout: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let limit: Duration
    private var timer: Scheduled<Void>?

    init(_ limit: Duration) {
        self.limit = limit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: TimeAmount(limit)) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { timer?.cancel() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }
}
