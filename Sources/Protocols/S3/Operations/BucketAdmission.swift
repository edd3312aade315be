import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// `?roost-admission`: the rules that new objects have to meet. Roost's own; the document is described in docs/beyond-aws/admission.md.
enum PutBucketAdmission {
    static let action = Action.s3("PutBucketAdmission")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let bytes = try await DocumentBody.bytes(call, bytesMax: AdmissionRules.bytesMax)
        let rules: AdmissionRules
        do {
            rules = try AdmissionRules(document: Array(bytes.readableBytesView))
        } catch {
            throw S3Error.malformedAdmission(error.text)
        }
        for rule in rules.rules {
            guard let function = rule.question?.function, !call.door.configuration.isFunctionDeclared(function) else { continue }
            throw S3Error.invalidDestination(function.description, "The destination Lambda does not exist")
        }
        var headers = HTTPFields()
        headers.addPosition(try await call.objects.set(rules, of: bucket, context: call.change))
        return S3Reply.empty(.ok, headers: headers)
    }
}

enum GetBucketAdmission {
    static let action = Action.s3("GetBucketAdmission")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        guard let rules = try await call.objects.setting(AdmissionRules.self, of: bucket) else { throw S3Error.noAdmission }
        return DoorResponse(
            status: .ok, headers: [.contentType: "application/json"], body: .bytes(ByteBuffer(bytes: rules.document)), operation: "")
    }
}

enum DeleteBucketAdmission {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(PutBucketAdmission.action, bucket)
        var headers = HTTPFields()
        headers.addPosition(try await call.objects.removeSetting(AdmissionRules.self, of: bucket, context: call.change))
        return S3Reply.empty(.noContent, headers: headers)
    }
}
