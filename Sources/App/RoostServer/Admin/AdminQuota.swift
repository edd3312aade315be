import HTTPTypes
import Identity
import JSON
import Model
import Objects

/// Quotas of buckets over the admin door.
struct AdminQuota: Sendable {
    let objects: Objects
    /// What facts name as the server, as `x-amz-id-2` does in answers.
    let hostID: String

    func add(to operations: inout AdminOperations) {
        operations["PutBucketQuota"] = { call in
            let bucket = try bucket(call)
            let quota = BucketQuota(bytesMax: try call.count("bytesMax"), objectsMax: try call.count("objectsMax"))
            let context = ChangeContext(
                principal: call.origin.principal, requestID: call.origin.requestID, hostID: hostID, sourceIP: call.origin.sourceIP)
            let isLimited = quota.bytesMax != nil || quota.objectsMax != nil
            try await objects.setQuota(isLimited ? quota : nil, of: bucket, context: context)
            return try await answer(bucket)
        }
        operations["GetBucketQuota"] = { call in try await answer(try bucket(call)) }
    }

    private func bucket(_ call: AdminCall) throws -> BucketName {
        let text = try call.required("bucket")
        guard let name = BucketName(text) else { throw AdminError.validation("'\(text)' is no bucket's name") }
        return name
    }

    /// What the bucket holds is known only while it has a quota.
    private func answer(_ bucket: BucketName) async throws -> JSONObject {
        var quota: JSONObject = ["bucket": .string(bucket.rawValue)]
        if let found = try await objects.quota(of: bucket) {
            quota["bytesMax"] = found.quota.bytesMax.map { .integer($0) }
            quota["objectsMax"] = found.quota.objectsMax.map { .integer($0) }
            quota["bytes"] = .integer(found.holds.bytes)
            quota["objects"] = .integer(found.holds.objects)
        }
        return ["quota": .object(quota)]
    }
}
