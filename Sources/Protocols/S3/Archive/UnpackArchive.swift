import AWSWire
import Doors
import HTTPTypes
import Hashing
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// PutObject of a tar archive whose files become objects, all in one commit. The header is AWS Snow's, whose S3 adapter unpacks archives.
///
/// docs/beyond-aws/unpack.md; https://docs.aws.amazon.com/snowball/latest/developer-guide/batching-small-files.html
enum UnpackArchive {
    static let header = "x-amz-meta-snowball-auto-extract"
    /// MinIO's clients send more of these: what they ask for is not here.
    private static let furtherPrefix = "x-amz-meta-minio-snowball-"

    static func isWanted(_ call: S3Call) -> Bool {
        call.groups.contains(.archive) && HTTPField.Name(header).flatMap { call.headers[$0] }?.lowercased() == "true"
    }

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(PutObject.action, bucket, key)
        if let further = call.headers.first(where: { $0.name.canonicalName.hasPrefix(furtherPrefix) }) {
            throw S3Error.notImplemented(header: further.name.canonicalName)
        }
        let claims = try PayloadClaims(call)
        if try LockHeaders.decode(call) != .none { try LockHeaders.checkDigest(claims) }
        var files = try UnpackedFiles(call, bucket, claims.checksum.algorithm ?? PutObject.defaultChecksum)
        let md5 = try await receive(call, claims, &files)
        guard !files.changes.isEmpty else { throw S3Error.malformedArchive("It holds no files.") }
        let made = try await commit(files.changes, call)
        var headers = HTTPFields()
        headers.add(.eTag, md5.etag().quoted)
        headers.addPosition(made.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// Reads the archive to its end and proves what the request claims of it; nothing is named before. Returns its MD5.
    private static func receive(_ call: S3Call, _ claims: PayloadClaims, _ files: inout UnpackedFiles) async throws -> MD5Digest {
        var stream = try PayloadStream(call, trailers: claims.checksum.trailers)
        guard let length = stream.length else { throw S3Error.missingContentLength }
        guard length <= ObjectsLimits.singlePayloadBytesMax else {
            throw S3Error.entityTooLarge(length, max: ObjectsLimits.singlePayloadBytesMax)
        }
        var (size, reader, digests) = (Int64(0), TarReader(), Digests(claims.digests))
        let running = call.objects.makeMD5()
        do {
            while let piece = try await stream.next() {
                size += Int64(piece.readableBytes)
                running.begin(piece)
                piece.withUnsafeReadableBytes { digests.update($0) }
                await running.settle()
                reader.feed(piece)
                while let event = try reader.next() { try await files.take(event) }
            }
            guard size == length else { throw S3Error.incompleteBody }
            try reader.finish()
        } catch {
            await files.abandon()
            if let fault = error as? TarError { throw S3Error.malformedArchive(fault) }
            throw error
        }
        let md5 = MD5Digest(running.finish())
        try claims.verify(md5: md5.bytes, checksums: digests.finish(), trailing: try stream.finish(trailing: claims.checksum.algorithm))
        return md5
    }

    /// Throws the first file's refusal where there are several.
    private static func commit(_ changes: [BatchChange], _ call: S3Call) async throws -> Committed<[BatchResult]> {
        do {
            return try await call.objects.batch(changes, context: call.change)
        } catch {
            guard case .batchRefused(let failures) = error, let first = failures.first else { throw error }
            var refusal = S3ErrorMap.map(first.error)
            refusal.wire.message += " (\(changes[first.index].place.key))"
            throw refusal
        }
    }
}

/// The archive's files on their way to become objects. Each is authorised, admitted and sealed as if it came alone.
struct UnpackedFiles {
    private(set) var changes: [BatchChange] = []

    private let call: S3Call
    private let bucket: BucketName
    private let algorithm: ChecksumAlgorithm
    private let condition: WriteCondition
    private var current: Arrival?
    /// Bytes that wait in memory for the commit.
    private var packedBytes = 0

    /// A file whose bytes come.
    private struct Arrival {
        let key: ObjectKey
        let attributes: ObjectAttributes
        let lock: ObjectLock
        let gate: AdmissionGate
        let intake: PayloadIntake
    }

    init(_ call: S3Call, _ bucket: BucketName, _ algorithm: ChecksumAlgorithm) throws(S3Error) {
        self.call = call
        self.bucket = bucket
        self.algorithm = algorithm
        condition = try ConditionHeaders.write(call)
    }

    mutating func take(_ event: TarReader.Event) async throws {
        switch event {
        case .file(let name, let size): current = try await begin(name, size)
        case .bytes(let bytes):
            current?.gate.see(bytes)
            try await current?.intake.write(bytes)
        case .endOfFile: try await end()
        case .folder(let name):
            let path = Self.path(name)
            // The archive's own root.
            if path.isEmpty || path == [UInt8(ascii: "/")] { return }
            current = try await begin(path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")], 0)
            try await end()
        }
    }

    func abandon() async {
        await current?.intake.abandon()
    }

    private func begin(_ name: [UInt8], _ size: Int64) async throws -> Arrival {
        guard changes.count < ObjectsLimits.batchChangesMax else {
            throw S3Error.malformedArchive("It holds more than \(ObjectsLimits.batchChangesMax) files and folders.")
        }
        let path = Self.path(name)
        guard let key = ObjectKey(path) else {
            throw S3Error.malformedArchive("A file's name is no key: 1 to \(ObjectKey.bytesMax) bytes of UTF-8.")
        }
        let new = try await NewObject(call, bucket, key)
        var attributes = new.attributes
        attributes.metadata.removeAll { AttributeHeaders.metadataPrefix + $0.name == UnpackArchive.header }
        // The archive's own type says nothing of its files.
        attributes.headers.contentType = nil
        let gate = try await AdmissionGate(call, bucket, key)
        let seal = try await call.objects.seal(try EncryptionHeaders.choice(call), of: bucket, key)
        let intake = call.objects.intake(digests: [algorithm], expectedLength: size, seal: seal)
        return Arrival(key: key, attributes: attributes, lock: new.lock, gate: gate, intake: intake)
    }

    private mutating func end() async throws {
        guard let arrival = current else { return }
        let payload = try await arrival.intake.finish()
        packedBytes += payload.packedBytes
        guard packedBytes <= ObjectsLimits.batchPackedBytesMax else {
            throw S3Error.batchTooLarge(limit: ObjectsLimits.batchPackedBytesMax)
        }
        try await arrival.gate.admit(size: payload.size, contentType: arrival.attributes.headers.contentType)
        changes.append(
            .put(
                PutRequest(
                    bucket: bucket, key: arrival.key, payload: payload, attributes: arrival.attributes, checksum: algorithm,
                    condition: condition, lock: arrival.lock, context: call.change)))
        current = nil
    }

    /// As tar extracts: below the place where it stands, so that neither a leading slash nor `./` is part of the name.
    private static func path(_ name: [UInt8]) -> [UInt8] {
        var path = name[...]
        while path.starts(with: [UInt8(ascii: "."), UInt8(ascii: "/")]) { path = path.dropFirst(2) }
        return Array(path.drop { $0 == UInt8(ascii: "/") })
    }
}

extension S3Error {
    fileprivate static func malformedArchive(_ message: String) -> S3Error {
        .invalidRequest("The archive cannot be unpacked. \(message)")
    }

    fileprivate static func malformedArchive(_ error: TarError) -> S3Error {
        switch error {
        case .noHeader: malformedArchive("It is no tar archive, or a damaged one; compressed ones are not unpacked.")
        case .cutOff: malformedArchive("It ends too early.")
        case .malformedExtension: malformedArchive("A pax or GNU header in it cannot be read.")
        case .unsupported(let name): malformedArchive("\(String(decoding: name, as: UTF8.self)) is neither a file nor a folder.")
        }
    }
}
