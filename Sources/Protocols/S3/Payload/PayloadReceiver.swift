import AWSWire
import Bytes
import HTTPTypes
import Model
import NIOCore
import Objects

/// Takes a request's payload into storage and proves every claim about it before anything names it.
enum PayloadReceiver {
    /// `digests` are wanted besides those that the claims need. What was received is dropped when this throws: `MissingContentLength`,
    /// `NotImplemented` for chunked transfer coding without a declared length, `EntityTooLarge`, `IncompleteBody`, and for every claim
    /// that does not hold.
    static func receive(
        _ call: S3Call, _ claims: PayloadClaims, digests: Set<ChecksumAlgorithm>, gate: AdmissionGate? = nil, seal: PayloadSeal
    ) async throws -> Payload {
        var stream = try PayloadStream(call, trailers: claims.checksum.trailers)
        guard let length = stream.length else {
            throw call.headers.contains(.transferEncoding)
                ? S3Error.notImplemented(header: "Transfer-Encoding") : S3Error.missingContentLength
        }
        guard length <= ObjectsLimits.singlePayloadBytesMax else {
            throw S3Error.entityTooLarge(length, max: ObjectsLimits.singlePayloadBytesMax)
        }
        let intake = call.objects.intake(digests: claims.digests.union(digests), expectedLength: length, seal: seal)
        do {
            while let piece = try await stream.next() {
                gate?.see(piece)
                try await intake.write(piece)
            }
            guard intake.size == length else { throw S3Error.incompleteBody }
            let trailing = try stream.finish(trailing: claims.checksum.algorithm)
            let payload = try await intake.finish()
            try claims.verify(md5: payload.md5.bytes, checksums: payload.checksums, trailing: trailing)
            return payload
        } catch {
            await intake.abandon()
            throw error
        }
    }
}
