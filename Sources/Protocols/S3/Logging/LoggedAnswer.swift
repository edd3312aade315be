import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import Synchronization

extension S3Door {
    /// Has the answer written to its bucket's log once it is sent. Costs a flag's test where no bucket has a log.
    func log(
        _ response: inout DoorResponse, _ request: DoorRequest, _ operation: S3Operation?, _ target: S3Target, _ principal: Principal?,
        _ errorCode: String?
    ) {
        guard let accessLog, let name = target.bucket.flatMap({ BucketName($0) }), let logged = objects.loggingHint(name) else { return }
        let line = AccessLogLine(
            request: request, operation: operation, target: target, principal: principal, errorCode: errorCode,
            hostID: configuration.hostID)
        let answer = DoorResponse(status: response.status, headers: response.headers, operation: "")
        let turnAround = accessLog.now() - request.arrival
        let finish: @Sendable (Int64) -> Void = { bytes in
            let text = line.text(
                logged.bucket.owner, answer, bytesSent: bytes, total: accessLog.now() - request.arrival, turnAround: turnAround)
            accessLog.add(text, of: logged.bucket, logged.log, at: request.arrival)
        }
        switch response.body {
        case .empty: finish(0)
        case .bytes(let bytes): finish(Int64(bytes.readableBytes))
        case .stream(let length, let produce):
            response.body = .stream(length: length) { writer in
                let counter = CountingWriter(writer)
                defer { finish(counter.count) }
                try await produce(counter)
            }
        }
    }
}

/// Counts what was sent, also when the client goes away in the middle.
private final class CountingWriter: DoorBodyWriter {
    private let writer: any DoorBodyWriter
    private let sent = Atomic<Int64>(0)

    init(_ writer: any DoorBodyWriter) {
        self.writer = writer
    }

    var count: Int64 { sent.load(ordering: .relaxed) }

    func write(_ piece: ByteBuffer) async throws {
        try await writer.write(piece)
        sent.wrappingAdd(Int64(piece.readableBytes), ordering: .relaxed)
    }
}
