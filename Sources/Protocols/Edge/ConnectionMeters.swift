import NIOCore

/// Sits before the decoder and counts what comes, so that a head that trickles in or never ends is noticed.
final class ByteMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Since the handler behind set it to 0, which it does between two requests.
    var bytes = 0
    /// The tick at which `bytes` became positive.
    private(set) var firstTick: UInt32 = 0
    private let loop: LoopContext

    init(_ loop: LoopContext) {
        self.loop = loop
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if bytes == 0 { firstTick = loop.tick }
        bytes &+= unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }
}

/// Copies what fills little of the buffer it was read into. Frames of a few bytes may wait in a stream for long, and each would keep
/// its whole buffer.
final class SmallReads: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Less than this part of a buffer is copied.
    private static let share = 8

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard buffer.readableBytes < buffer.storageCapacity / Self.share else { return context.fireChannelRead(data) }
        var copy = context.channel.allocator.buffer(capacity: buffer.readableBytes)
        copy.writeImmutableBuffer(buffer)
        context.fireChannelRead(wrapInboundOut(copy))
    }
}

/// Notices a client that takes nothing of what is written.
struct StallWatch {
    private var pendingBefore = 0
    private var progressTick: UInt32 = 0

    /// The client took something.
    mutating func progressed(_ now: UInt32) {
        progressTick = now
        pendingBefore = 0
    }

    /// True when `pending` bytes, as many as before, have waited for `limit` ticks. Called once per tick.
    mutating func isStalled(pending: Int, now: UInt32, limit: UInt32) -> Bool {
        if pending == 0 || pending != pendingBefore {
            pendingBefore = pending
            progressTick = now
            return false
        }
        return now &- progressTick >= limit
    }
}
