import Doors
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2

/// One stream of an HTTP/2 connection: one request, one answer, in the terms of HTTP/1 that NIO's codec makes of frames.
///
/// Not reading the stream's channel keeps its flow-control window shut, which is the back-pressure. Nothing of a body is read before
/// the door asks for it: until then a client may send no more than `EdgeLimits.streamWindowBytes`.
final class HTTP2StreamHandler: ChannelDuplexHandler, ExchangeCarrier, Watched {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let core: EdgeCore
    private let loop: LoopContext
    private let remoteAddress: String
    private let tls: TLSVersion
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var readIsPending = false
    private var answerEnded = false
    private var drained = 0
    private var bodyIsWanted = false
    /// Of an answer that was whole at once, bytes that the client left with us: counted in the memory of all.
    private var countedBytes = 0
    /// The tick at which a write that the client has not taken was made; nil when none waits.
    private var writeTick: UInt32?
    private var unwritten = 0

    init(core: EdgeCore, loop: LoopContext, remoteAddress: String, tls: TLSVersion) {
        self.core = core
        self.loop = loop
        self.tls = tls
        self.remoteAddress = remoteAddress
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.watch(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        gone()
        loop.unwatch(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    private func gone() {
        exchange?.connectionGone()
        exchange = nil
        uncount()
    }

    private func uncount() {
        if countedBytes > 0 { loop.memory.giveBack(countedBytes) }
        countedBytes = 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let piece):
            exchange?.receive(piece)
            if answerEnded { countDrained(piece.readableBytes) }
        case .end:
            endInput()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        guard exchange == nil, let context else { return }
        do throws(HeadRefusal) {
            guard core.tasks.count < core.limits.exchangesMax else { throw HeadRefusal(.serviceUnavailable) }
            let checked = try RequestHead(head, isHTTP2: true, &loop.knownFields)
            let exchange = Exchange(
                checked, carrier: self, context: loop, observer: core.observer, remoteAddress: remoteAddress, isHTTP2: true)
            self.exchange = exchange
            core.tasks.start(exchange, tls: tls, router: core.router)
        } catch {
            core.observer.requestRefused(error.status)
            let status = HTTPResponseStatus(statusCode: error.status.code)
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http2, status: status))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            answerEnded = true
        }
    }

    /// A stream that ends before its declared length is as broken as a connection that does.
    private func endInput() {
        guard let exchange else { return }
        let isShort = exchange.head.contentLength.map { $0 != exchange.bytesIn } ?? false
        exchange.endBody(isShort ? .failure(.incomplete) : .success(()))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        gone()
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { readIsPending = true }
    }

    private var mayRead: Bool {
        guard let exchange, !exchange.bodyHasEnded, !answerEnded else { return true }
        return bodyIsWanted && !exchange.hasEnoughBody
    }

    func wantsBody(_ exchange: Exchange) {
        bodyIsWanted = true
        if exchange.continueIsDue, let context {
            exchange.continueIsDue = false
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http2, status: .continue))), promise: nil)
        }
        consumedBody(exchange)
    }

    func consumedBody(_ exchange: Exchange) {
        guard readIsPending, mayRead, let context else { return }
        readIsPending = false
        context.read()
    }
}

// MARK: To the client

extension HTTP2StreamHandler {
    func writeWhole(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming, body: ByteBuffer?) {
        guard let context else { return }
        context.write(wrapOutboundOut(.head(responseHead(response, framing: framing))), promise: nil)
        if let body, body.readableBytes > 0 { write(body, context) }
        end(exchange, context)
        guard unwritten > 0, let body, self.context != nil else { return }
        countedBytes = body.readableBytes
        loop.memory.add(countedBytes)
    }

    func writeHead(_ exchange: Exchange, _ response: DoorResponse, framing: BodyFraming) {
        context?.write(wrapOutboundOut(.head(responseHead(response, framing: framing))), promise: nil)
    }

    func writePiece(_ exchange: Exchange, _ piece: ByteBuffer, framing: BodyFraming) -> Bool {
        guard let context else { return false }
        write(piece, context)
        context.flush()
        return context.channel.isWritable
    }

    func writeEnd(_ exchange: Exchange, framing: BodyFraming) {
        if let context { end(exchange, context) }
    }

    func cut(_ exchange: Exchange) {
        gone()
        context?.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.writable() }
        context.fireChannelWritabilityChanged()
    }

    private func responseHead(_ response: DoorResponse, framing: BodyFraming) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        for field in response.headers {
            switch field.name.canonicalName {
            case "connection", "transfer-encoding", "server", "content-length", "keep-alive": continue
            default: headers.add(name: field.name.canonicalName, value: field.value)
            }
        }
        if response.headers[.date] == nil { headers.add(name: "date", value: loop.date()) }
        headers.add(name: "server", value: HTTP1Encoding.serverName)
        if case .length(let length) = framing { headers.add(name: "content-length", value: String(length)) }
        return HTTPResponseHead(version: .http2, status: HTTPResponseStatus(statusCode: response.status.code), headers: headers)
    }

    private func write(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
        if unwritten == 0 { writeTick = loop.tick }
        unwritten += 1
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in bound.value.pieceWasTaken() }
        context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: promise)
    }

    private func pieceWasTaken() {
        unwritten -= 1
        writeTick = unwritten == 0 ? nil : loop.tick
        if unwritten == 0 { uncount() }
    }

    /// After the answer a little of an unread body is read and dropped; a larger rest resets the stream.
    private func end(_ exchange: Exchange, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        answerEnded = true
        guard !exchange.bodyHasEnded else { return }
        exchange.discardBody()
        if readIsPending {
            readIsPending = false
            context.read()
        }
    }

    private func countDrained(_ bytes: Int) {
        drained += bytes
        if drained > EdgeLimits.drainBytesMax { context?.close(promise: nil) }
    }

    func cutOff() {
        gone()
        context?.close(promise: nil)
    }

    func tick(_ now: UInt32) {
        _ = exchange?.checkRate()
        guard let writeTick else { return }
        let age = now &- writeTick
        if loop.memory.isPressed, age >= core.limits.ticks(core.limits.pressedTimeout) {
            loop.memory.countCut()
            cutOff()
        } else if age >= core.limits.ticks(core.limits.writeStallTimeout) {
            cutOff()
        }
    }
}

/// The connection under the streams: closes one that is idle or whose client takes nothing.
final class HTTP2ConnectionWatch: ChannelInboundHandler, Watched {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private let core: EdgeCore
    private let loop: LoopContext
    private var context: ChannelHandlerContext?
    private var openStreams = 0
    private var errors = 0
    private var idleTick: UInt32 = 0
    private var stall = StallWatch()

    init(core: EdgeCore, loop: LoopContext) {
        self.core = core
        self.loop = loop
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        idleTick = loop.tick
        loop.watch(self)
        core.observer.connectionOpened()
        core.tasks.connectionOpened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.unwatch(self)
        core.observer.connectionClosed()
        core.tasks.connectionClosed()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, openStreams == 0 { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func streamOpened() { openStreams += 1 }

    func streamClosed() {
        openStreams -= 1
        idleTick = loop.tick
    }

    /// The decoder gives up for good at these, and would keep all that the client goes on sending. Other errors end one stream, or
    /// leave a connection that takes no more and is closed as idle; but a client that goes on is told so for every further frame.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOHTTP2Errors.UnableToParseFrame, is NIOHTTP2Errors.BadClientMagic, is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock,
            is NIOHTTP2Errors.ExcessiveContinuationFrames:
            context.close(promise: nil)
        default:
            errors += 1
            if errors > EdgeLimits.streamErrorsMax { return context.close(promise: nil) }
            context.fireErrorCaught(error)
        }
    }

    func cutOff() { context?.close(promise: nil) }

    func tick(_ now: UInt32) {
        guard let context else { return }
        let pending = (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
        let isStalled = stall.isStalled(pending: pending, now: now, limit: core.limits.ticks(core.limits.writeStallTimeout))
        let isIdle = openStreams == 0 && now &- idleTick >= core.limits.ticks(core.tasks.idleTimeout(core.limits))
        if isStalled || isIdle { context.close(promise: nil) }
    }
}

/// Tells those who close an HTTP/2 connection which streams are under way on it.
struct HTTP2Streams: NIOHTTP2StreamDelegate {
    let manager: NIOHTTP2ServerConnectionManagementHandler.HTTP2StreamDelegate
    let watch: NIOLoopBound<HTTP2ConnectionWatch>

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        manager.streamCreated(id, channel: channel)
        watch.value.streamOpened()
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        manager.streamClosed(id, channel: channel)
        watch.value.streamClosed()
    }
}
