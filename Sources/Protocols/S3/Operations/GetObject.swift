import Doors
import Identity
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
enum GetObject {
    static let action = Action.s3("GetObject")
    static let versionAction = Action.s3("GetObjectVersion")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let choice = try VersionParameter.choice(call)
        try await call.authorise(choice == .current ? action : versionAction, bucket, key)
        let wish = try ReadWish(call)
        var plan = ReadPlan.whole
        let customerKey = try EncryptionHeaders.customerKey(ofRead: call)
        let (object, reader) = try await call.objects.open(bucket, key, choice, customerKey: customerKey) {
            (stored) throws(ObjectsError) in
            plan = try ReadPlan(wish, stored, reads: true)
            return plan.bytes(of: stored)
        }
        var (status, headers) = try plan.head(wish, object)
        EncryptionHeaders.add(object.info.encryption, call, to: &headers)
        try await GetObjectTagging.addCount(object.info, call, to: &headers)
        let body = try await body(reader, length: plan.bytes(of: object)?.count ?? 0, call)
        return DoorResponse(status: status, headers: headers, body: body, operation: "")
    }

    /// The first piece, and all of a short body, is read before the head goes out, so that damage becomes an error; later it can only
    /// cut the connection, and is told to the log.
    private static func body(_ reader: ObjectReader?, length: Int, _ call: S3Call) async throws -> DoorResponseBody {
        guard let reader, length > 0 else { return .empty }
        let room = length > S3Limits.unreservedBytesMax ? try await call.body.room(min(length, S3Limits.pieceBytes)) : length
        guard var bytes = try await reader.next(bytesMax: room) else { throw S3Error.internalError.causedBy("a payload ended early") }
        guard length <= S3Limits.wholeAnswerBytesMax else {
            let first = bytes
            let (report, id, request) = (call.door.configuration.report, call.request.id, call.body)
            return .stream(length: Int64(length)) { writer in
                try await writer.write(first)
                while let piece = try await next(reader, try await request.room(S3Limits.pieceBytes), { report(id, $0) }) {
                    try await writer.write(piece)
                }
            }
        }
        while bytes.readableBytes < length {
            guard var piece = try await reader.next() else { throw S3Error.internalError.causedBy("a payload ended early") }
            bytes.writeBuffer(&piece)
        }
        return .bytes(bytes)
    }

    private static func next(_ reader: ObjectReader, _ bytesMax: Int, _ report: (String) -> Void) async throws -> ByteBuffer? {
        do {
            return try await reader.next(bytesMax: bytesMax)
        } catch {
            report("a body was cut: \(error)")
            throw error
        }
    }
}
