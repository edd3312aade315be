import AWSWire
import Bytes
import HTTPTypes
import Model
import NIOCore
import Objects

/// Takes a request's payload into storage and proves every claim about it before anything names it.
enum PayloadReceiver {
    /// `digests` are wanted besides those that the claims need. What was received is dropped when this throws: `MissingContentLength`,
    /// `NotImplemented` for chunked transfer coding without a declared length where AWS's habits hold, `EntityTooLarge`, `IncompleteBody`,
    /// and for every claim that does not hold.
    static func receive(
        _ call: S3Call, _ claims: PayloadClaims, digests: Set<ChecksumAlgorithm>, gate: AdmissionGate? = nil, seal: PayloadSeal
    ) async throws -> Payload {
        var stream = try PayloadStream(call, trailers: claims.checksum.trailers)
        let length = stream.length
        try check(length, call)
        let isFrugal = try await reserve(call, length: length)
        let intake = call.objects.intake(
            digests: claims.digests.union(digests), expectedLength: length, seal: seal, isFrugal: isFrugal)
        do {
            while let piece = try await stream.next() {
                gate?.see(piece)
                try await intake.write(piece)
            }
            guard length == nil || intake.size == length else { throw S3Error.incompleteBody }
            let trailing = try stream.finish(trailing: claims.checksum.algorithm)
            let payload = try await intake.finish()
            try claims.verify(md5: payload.md5.bytes, checksums: payload.checksums, trailing: trailing)
            return payload
        } catch {
            await intake.abandon()
            throw error
        }
    }

    /// True when the payload has to be received with little memory. `length` is nil when nobody knows it. Throws `DoorBodyError.noMemory`.
    static func reserve(_ call: S3Call, length: Int64?) async throws -> Bool {
        let (wanted, least) = PayloadIntake.memoryBytes(length: length)
        guard wanted > S3Limits.unreservedBytesMax else { return false }
        return try await call.body.reserve(wanted, least: least) < wanted
    }

    /// AWS wants the length before the payload; Ceph also takes a body that comes in chunks until it ends.
    private static func check(_ length: Int64?, _ call: S3Call) throws(S3Error) {
        guard let length else {
            guard call.headers.contains(.transferEncoding) else { throw .missingContentLength }
            guard call.door.configuration.dialect == .ceph else { throw .notImplemented(header: "Transfer-Encoding") }
            return
        }
        guard length <= ObjectsLimits.singlePayloadBytesMax else { throw .entityTooLarge(length, max: ObjectsLimits.singlePayloadBytesMax) }
    }
}
