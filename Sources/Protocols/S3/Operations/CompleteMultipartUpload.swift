import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
///
/// Answers when the object is there: completing is one commit, so there is no long wait that an early 200 would have to bridge.
enum CompleteMultipartUpload {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(PutObject.action, bucket, key)
        let id = try UploadIDParameter.required(call)
        let condition = try ConditionHeaders.write(call)
        let size = try call.headers[.amzMpObjectSize].map { (text) throws(S3Error) in
            try ConditionHeaders.size(text, "x-amz-mp-object-size")
        }
        let claim = try objectChecksum(call)
        let type = try ChecksumChoice.type(call)
        let parts = try await parts(call)
        try await AdmissionGate(call, bucket, key).admitUnseen(size: size, contentType: nil)
        var request = CompleteRequest(
            bucket: bucket, key: key, upload: id, parts: parts, checksum: claim, checksumType: type, size: size,
            condition: condition, context: call.change)
        request.customerKey = try EncryptionHeaders.customerKey(call)
        request.requiresPartChecksums = call.door.configuration.dialect == .aws
        request.requiresChecksumType = request.requiresPartChecksums
        let done = try await complete(request, call)
        var headers = HTTPFields()
        headers.add(made: done.value.version)
        EncryptionHeaders.add(done.value.encryption, call, to: &headers)
        headers.addPosition(done.value.lsn)
        return S3Reply.xml(encode(done.value, bucket, location: location(call)), headers: headers)
    }

    private static func complete(_ request: CompleteRequest, _ call: S3Call) async throws -> Committed<CompletedUpload> {
        do {
            return try await call.objects.completeUpload(request)
        } catch {
            throw detailed(error, request)
        }
    }

    /// With what the request says of the part that is wrong.
    private static func detailed(_ error: ObjectsError, _ request: CompleteRequest) -> any Error {
        switch error {
        case .invalidPart(let number):
            let etag = request.parts.first { $0.number == number }?.etag
            return S3Error.invalidPart(partNumber: number, etag: etag?.text, uploadID: request.upload.description)
        case .invalidPartOrder: return S3Error.invalidPartOrder(uploadID: request.upload.description)
        default: return error
        }
    }

    /// The whole object's checksum; a composite one may carry `-N`, which the parts tell anyway.
    private static func objectChecksum(_ call: S3Call) throws(S3Error) -> Checksum? {
        for algorithm in ChecksumAlgorithm.allCases {
            guard let text = call.headers[algorithm.field] else { continue }
            let value = text.split(separator: "-", maxSplits: 1).first.map(String.init) ?? text
            return try DeclaredChecksum.value(value, algorithm)
        }
        return nil
    }

    private static func parts(_ call: S3Call) async throws -> [ListedPart] {
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.completeBytesMax, checksumIsOfBody: false) else {
            throw S3Error.noParts.inCeph(.badRequest, "MalformedXML")
        }
        guard document.name == "CompleteMultipartUpload" || document.name == "CompleteMultipartUploadRequest" else {
            throw S3Error.malformedXML
        }
        let elements = document.children(named: "Part")
        guard !elements.isEmpty else { throw S3Error.noParts }
        guard elements.count <= ObjectsLimits.partNumbers.upperBound else { throw S3Error.malformedXML }
        var parts: [ListedPart] = []
        parts.reserveCapacity(elements.count)
        for element in elements {
            let part = try part(element)
            // A client that sent a part again may list both: the later one counts.
            if parts.last?.number == part.number { parts.removeLast() }
            parts.append(part)
        }
        return parts
    }

    private static func part(_ element: XMLElement) throws(S3Error) -> ListedPart {
        guard let number = element["PartNumber"].flatMap({ Int($0.text.trimmed) }), let etag = element["ETag"]?.text.trimmed else {
            throw .malformedXML
        }
        guard ObjectsLimits.partNumbers.contains(number) else { throw .invalidPartNumber(String(number)) }
        var checksum: Checksum?
        for algorithm in ChecksumAlgorithm.allCases {
            if let text = element[algorithm.elementName]?.text { checksum = try DeclaredChecksum.value(text, algorithm) }
        }
        return ListedPart(number: number, etag: ETag(String(etag)), checksum: checksum)
    }

    /// The object's URL as this client reached it.
    private static func location(_ call: S3Call) -> String {
        "\(call.request.isSecure ? "https" : "http")://\(call.request.authority)\(call.request.rawPath)"
    }

    private static func encode(_ done: CompletedUpload, _ bucket: BucketName, location: String) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("CompleteMultipartUploadResult", xmlns: S3Reply.namespace)
        xml.element("Location", location)
        xml.element("Bucket", bucket.rawValue)
        xml.element("Key", utf8: done.key.utf8)
        xml.element("ETag", done.etag.quoted)
        xml.element(done.checksum)
        xml.close("CompleteMultipartUploadResult")
        return xml.finish()
    }
}
