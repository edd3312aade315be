import NIOCore
import NIOHTTP1

/// One request at a time on a connection: writes it, reads the answer, keeps the promise. On the connection's event loop.
final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Request
    typealias OutboundOut = HTTPClientRequestPart

    struct Request: Sendable {
        let head: HTTPRequestHead
        let body: ByteBuffer
        let answerBytesMax: Int
        let promise: EventLoopPromise<Ended>
    }

    struct Ended: Sendable {
        let answer: CallAnswer
        let keepsConnection: Bool
    }

    private var request: Request?
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        precondition(self.request == nil, "one request at a time")
        guard context.channel.isActive else {
            request.promise.fail(CallFailure.connectionLost)
            return
        }
        self.request = request
        head = nil
        body = []
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if request.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let request else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let piece):
            guard body.count + piece.readableBytes <= request.answerBytesMax else { return end(context, .unusableAnswer) }
            body.append(contentsOf: piece.readableBytesView)
        case .end:
            guard let head else { return end(context, .unusableAnswer) }
            let headers = head.headers.map { (name: $0.name, value: $0.value) }
            let answer = CallAnswer(status: Int(head.status.code), headers: headers, body: body)
            self.request = nil
            request.promise.succeed(Ended(answer: answer, keepsConnection: head.isKeepAlive))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, error is HTTPParserError ? .unusableAnswer : .unreachable("\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .connectionLost)
        context.fireChannelInactive()
    }

    private func end(_ context: ChannelHandlerContext, _ failure: CallFailure) {
        request?.promise.fail(failure)
        request = nil
        context.close(promise: nil)
    }
}
