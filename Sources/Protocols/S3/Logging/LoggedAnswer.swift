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
        _ errorCode: String?, _ notes: LogNotes?
    ) {
        guard let accessLog else { return }
        let changes = notes?.changes ?? []
        for change in changes { log(change, request, operation, principal, accessLog) }
        guard let name = target.bucket.flatMap({ BucketName($0) }), let logged = objects.loggingHint(name) else { return }
        let line = AccessLogLine(
            request: request, operation: operation, target: target, principal: principal, errorCode: errorCode,
            hostID: configuration.hostID(of: request.id), neededGrant: notes?.neededGrant ?? false)
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

    /// In the log of the bucket that the change is about.
    private func log(
        _ change: LogNotes.Change, _ request: DoorRequest, _ operation: S3Operation?, _ principal: Principal?, _ accessLog: AccessLog
    ) {
        guard let logged = objects.loggingHint(change.bucket) else { return }
        let line = AccessLogLine(
            request: request, operation: operation, target: S3Target(bucket: change.bucket.rawValue, key: Array(change.key.utf8)),
            principal: principal, errorCode: change.errorCode, hostID: configuration.hostID(of: request.id), neededGrant: false)
        accessLog.add(line.text(logged.bucket.owner, change), of: logged.bucket, logged.log, at: request.arrival)
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
