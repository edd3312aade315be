import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// A browser's form that uploads a file. What its fields say of the object becomes the headers of a call, so that everything which
/// a PUT can ask for works here too.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
enum PostObject {
    static func answer(
        _ door: S3Door, _ request: DoorRequest, _ target: S3Target, _ query: QueryItems, _ body: TrackedBody,
        _ principal: inout Principal?
    ) async throws -> DoorResponse {
        let bucket = target.bucket ?? ""
        guard let length = request.contentLength else { throw S3Error.missingContentLength }
        let lengthMax = ObjectsLimits.singlePayloadBytesMax + Int64(MultipartForm.fieldBytesMax)
        guard length <= lengthMax else { throw S3Error.entityTooLarge(length, max: ObjectsLimits.singlePayloadBytesMax) }
        var form = try await PostForm(request, body)
        let key = try form.required("key")
        guard !key.isEmpty else {
            throw S3Error.invalidArgument("User key must have a length greater than 0.", name: "key", value: "")
        }
        let caller = try door.authenticate(form)
        principal = caller.principal
        let policy = try form["policy"].map { (text) throws(S3Error) in try PostPolicy(encoded: text) }
        let others = form.fields.filter { $0.name != "bucket" }
        try policy?.check(others + [PostField(name: "bucket", value: bucket)], now: request.arrival, dialect: door.configuration.dialect)
        let call = try S3Call(
            door: door, request: request, operation: .postObject, target: S3Target(bucket: bucket, key: Array(key.utf8)), query: query,
            caller: caller, body: body, headers: try form.headers())
        return try await store(call, &form, policy)
    }

    private static func store(_ call: S3Call, _ form: inout PostForm, _ policy: PostPolicy?) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let access = try await call.authorise(PutObject.action, bucket, key)
        var attributes = try AttributeHeaders.decode(call)
        attributes.metadata = try AttributeHeaders.checked(form.metadata)
        if let tagging = form["tagging"] {
            let document = try XMLElement.parse(ByteBuffer(string: tagging), limits: XMLLimits(bytesMax: MultipartForm.fieldBytesMax))
            // Another document than one of tags says nothing of them.
            if document.name == "Tagging" { attributes.tags = try TagDocument.decode(document, of: .object) }
        }
        if !attributes.tags.isEmpty, let access { try await call.authoriseForNewObject(PutObjectTagging.action, access, key) }
        attributes.access = try await NewObjectAccess.decide(call, access, key)
        let lock = try LockHeaders.decode(call)
        let claims = try PayloadClaims(call)
        let algorithm = claims.checksum.algorithm ?? PutObject.defaultChecksum
        _ = try await call.objects.bucket(bucket)
        let gate = try await AdmissionGate(call, bucket, key)
        let seal = try await call.objects.seal(try EncryptionHeaders.choice(call), of: bucket, key)
        let payload = try await receive(call, &form, policy, claims, algorithm, (gate, seal))
        try await gate.admit(size: payload.size, contentType: attributes.headers.contentType)
        let stored = try await call.objects.put(
            PutRequest(
                bucket: bucket, key: key, payload: payload, attributes: attributes, checksum: algorithm, lock: lock,
                isPost: true, context: call.change))
        return PostAnswer(call, form, bucket, stored.value, stored.lsn).response
    }

    /// What was received is dropped when this throws: `EntityTooLarge`, `EntityTooSmall`, and for a form that does not end as it should.
    private static func receive(
        _ call: S3Call, _ form: inout PostForm, _ policy: PostPolicy?, _ claims: PayloadClaims, _ algorithm: ChecksumAlgorithm,
        _ ways: (gate: AdmissionGate, seal: PayloadSeal)
    ) async throws -> Payload {
        let (lengthMin, lengthMax) = (policy?.lengthMin ?? 0, policy?.lengthMax ?? .max)
        let isFrugal = try await PayloadReceiver.reserve(call, length: call.request.contentLength)
        let intake = call.objects.intake(digests: claims.digests.union([algorithm]), seal: ways.seal, isFrugal: isFrugal)
        do {
            while let piece = try await form.nextBytes() {
                guard intake.size + Int64(piece.readableBytes) <= lengthMax else {
                    throw S3Error.entityTooLarge(intake.size + Int64(piece.readableBytes), max: lengthMax)
                }
                ways.gate.see(piece)
                try await intake.write(piece)
            }
            guard intake.size >= lengthMin else { throw S3Error.postTooSmall(intake.size, minimum: lengthMin) }
            let payload = try await intake.finish()
            try claims.verify(md5: payload.md5.bytes, checksums: payload.checksums, trailing: nil)
            return payload
        } catch {
            await intake.abandon()
            throw error
        }
    }
}

/// What a form gets in return: a redirect, a document, or nothing.
private struct PostAnswer {
    let call: S3Call
    let form: PostForm
    let bucket: BucketName
    let info: ObjectInfo
    var headers = HTTPFields()

    init(_ call: S3Call, _ form: PostForm, _ bucket: BucketName, _ info: ObjectInfo, _ lsn: LSN) {
        self.call = call
        self.form = form
        self.bucket = bucket
        self.info = info
        headers.add(.eTag, info.etag.quoted)
        headers.add(info.checksum)
        headers.add(info.version)
        EncryptionHeaders.add(info.encryption, call, to: &headers)
        headers.addPosition(lsn)
    }

    var response: DoorResponse {
        var headers = headers
        if let url = form["success_action_redirect"] ?? form["redirect"], let location = redirect(to: url) {
            headers.add(.location, location)
            return S3Reply.empty(.seeOther, headers: headers)
        }
        headers.add(.location, location)
        switch form["success_action_status"] {
        case "200": return S3Reply.empty(.ok, headers: headers)
        case "201":
            var response = S3Reply.xml(document, headers: headers)
            response.status = .created
            return response
        default: return S3Reply.empty(.noContent, headers: headers)
        }
    }

    /// Nil for what is no URL: then the field counts as absent.
    private func redirect(to url: String) -> String? {
        let hasHost = ["http://", "https://"].contains { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }
        guard hasHost, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let halves = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let key = PercentEncoding.encode(info.key.utf8, keepingSlash: false)
        let parameters = "bucket=\(bucket)&key=\(key)&etag=%22\(info.etag.text)%22"
        return "\(halves[0])\(halves[0].contains("?") ? "&" : "?")\(parameters)\(halves.count > 1 ? "#\(halves[1])" : "")"
    }

    /// The object's URL as this client reached its bucket.
    private var location: String {
        let path = call.request.rawPath.hasSuffix("/") ? call.request.rawPath : call.request.rawPath + "/"
        let key = PercentEncoding.encode(info.key.utf8, keepingSlash: false)
        return "\(call.request.isSecure ? "https" : "http")://\(call.request.authority)\(path)\(key)"
    }

    private var document: ByteBuffer {
        var xml = XMLWriter()
        xml.open("PostResponse")
        xml.element("Location", location)
        xml.element("Bucket", bucket.rawValue)
        xml.element("Key", utf8: info.key.utf8)
        xml.element("ETag", info.etag.quoted)
        xml.close("PostResponse")
        return xml.finish()
    }
}

extension S3Error {
    fileprivate static func postTooSmall(_ size: Int64, minimum: Int64) -> S3Error {
        S3Error(
            .badRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
            [("ProposedSize", String(size)), ("MinSizeAllowed", String(minimum))])
    }
}
