import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html and GetObjectRetention
enum ObjectRetention {
    static let getAction = Action.s3("GetObjectRetention")
    static let putAction = Action.s3("PutObjectRetention")

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(getAction, bucket, key)
        let (lock, version) = try await call.objects.lock(of: key, try VersionParameter.optional(call), in: bucket)
        guard let retention = lock.retention else { throw S3Error.noSuchLock }
        var headers = HTTPFields()
        headers.add(version)
        var xml = XMLWriter()
        xml.open("Retention", xmlns: S3Reply.namespace)
        xml.element("Mode", retention.mode.wireName)
        xml.element("RetainUntilDate", ISO8601.format(retention.until))
        xml.close("Retention")
        return S3Reply.xml(xml.finish(), headers: headers)
    }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(putAction, bucket, key)
        let version = try VersionParameter.optional(call)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.missingRequestBody
        }
        let retention = try decode(document)
        let bypass = try await LockHeaders.bypass(call, bucket, key)
        let changed: Committed<VersionID?>
        do {
            changed = try await call.objects.setRetention(
                of: key, version, in: bucket, to: retention, bypassGovernance: bypass, context: call.change)
        } catch {
            guard error == .retentionInThePast, let until = retention?.until else { throw error }
            throw S3Error.retentionInThePast(until)
        }
        var headers = HTTPFields()
        headers.add(changed.value)
        headers.addPosition(changed.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }

    /// Nil for an empty document, which removes a retention. Throws `MalformedXML`.
    private static func decode(_ document: XMLElement) throws(S3Error) -> Retention? {
        guard document.name == "Retention" else { throw .malformedXML }
        let mode = document["Mode"]
        let date = document["RetainUntilDate"]
        if mode == nil, date == nil { return nil }
        guard let mode = mode.flatMap({ LockMode(wireName: $0.text) }), let until = date.flatMap({ ISO8601.parse($0.text) }) else {
            throw .malformedXML
        }
        return Retention(mode: mode, until: until)
    }
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html and GetObjectLegalHold
enum ObjectLegalHold {
    static let getAction = Action.s3("GetObjectLegalHold")
    static let putAction = Action.s3("PutObjectLegalHold")

    static func get(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(getAction, bucket, key)
        let (lock, version) = try await call.objects.lock(of: key, try VersionParameter.optional(call), in: bucket)
        guard let isHeld = lock.legalHold else { throw S3Error.noSuchLock }
        var headers = HTTPFields()
        headers.add(version)
        var xml = XMLWriter()
        xml.open("LegalHold", xmlns: S3Reply.namespace)
        xml.element("Status", LegalHoldStatus.text(isHeld))
        xml.close("LegalHold")
        return S3Reply.xml(xml.finish(), headers: headers)
    }

    static func put(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(putAction, bucket, key)
        let version = try VersionParameter.optional(call)
        guard let document = try await DocumentBody.read(call, bytesMax: S3Limits.configurationBytesMax) else {
            throw S3Error.malformedXML
        }
        guard document.name == "LegalHold", let isHeld = document["Status"].flatMap({ LegalHoldStatus.decode($0.text) }) else {
            throw S3Error.malformedXML
        }
        let changed = try await call.objects.setLegalHold(of: key, version, in: bucket, to: isHeld, context: call.change)
        var headers = HTTPFields()
        headers.add(changed.value)
        headers.addPosition(changed.lsn)
        return S3Reply.empty(.ok, headers: headers)
    }
}
