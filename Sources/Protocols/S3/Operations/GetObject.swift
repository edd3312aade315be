import Doors
import Identity
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
enum GetObject {
    static let action = Action.s3("GetObject")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try call.authorise(action, bucket, key)
        let wish = try ReadWish(call)
        var plan = ReadPlan.whole
        let (object, reader) = try await call.objects.open(bucket, key) { (stored) throws(ObjectsError) in
            plan = try ReadPlan(wish, stored)
            return plan.bytes(of: stored)
        }
        let (status, headers) = try plan.head(wish, object)
        let body = try await body(reader, length: plan.bytes(of: object)?.count ?? 0)
        return DoorResponse(status: status, headers: headers, body: body, operation: "")
    }

    /// A short body is read before the head goes out, so that damage becomes an error and not a cut connection.
    private static func body(_ reader: ObjectReader?, length: Int) async throws -> DoorResponseBody {
        guard let reader, length > 0 else { return .empty }
        guard length <= S3Limits.wholeAnswerBytesMax else {
            return .stream(length: Int64(length)) { writer in
                while let piece = try await reader.next() { try await writer.write(piece) }
            }
        }
        guard var bytes = try await reader.next() else { throw S3Error.internalError.causedBy("a payload ended early") }
        while bytes.readableBytes < length {
            guard var piece = try await reader.next() else { throw S3Error.internalError.causedBy("a payload ended early") }
            bytes.writeBuffer(&piece)
        }
        return .bytes(bytes)
    }
}
