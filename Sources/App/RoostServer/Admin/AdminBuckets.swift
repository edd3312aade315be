import Bytes
import HTTPTypes
import Identity
import JSON
import Model
import Objects

/// Buckets of an account and their quotas, over the admin door.
struct AdminBuckets: Sendable {
    let objects: Objects
    /// Whose buckets are meant when a command names no account.
    let account: AccountID
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
        operations["ListBuckets"] = list
    }

    /// All of an account, with their quotas.
    @Sendable private func list(_ call: AdminCall) async throws -> JSONObject {
        var owner = account
        if let text = try call.string("accountId") {
            guard let id = AccountID(text) else { throw AdminError.validation(IdentityField.accountID.rawValue) }
            owner = id
        }
        var rows: [JSONValue] = []
        var after: String?
        repeat {
            let page = try await objects.listBuckets(owner: owner, after: after)
            for bucket in page.entries {
                // One that was deleted meanwhile is left out.
                guard var row = try? await quota(of: bucket.name) else { continue }
                row["created"] = .string(ISO8601.format(bucket.created))
                rows.append(.object(row))
            }
            after = page.next
        } while after != nil
        return ["buckets": .array(rows)]
    }

    private func bucket(_ call: AdminCall) throws -> BucketName {
        let text = try call.required("bucket")
        guard let name = BucketName(text) else { throw AdminError.validation("'\(text)' is no bucket's name") }
        return name
    }

    private func answer(_ bucket: BucketName) async throws -> JSONObject { ["quota": .object(try await quota(of: bucket))] }

    /// What the bucket holds is known only while it has a quota.
    private func quota(of bucket: BucketName) async throws -> JSONObject {
        var quota: JSONObject = ["bucket": .string(bucket.rawValue)]
        if let found = try await objects.quota(of: bucket) {
            quota["bytesMax"] = found.quota.bytesMax.map { .integer($0) }
            quota["objectsMax"] = found.quota.objectsMax.map { .integer($0) }
            quota["bytes"] = .integer(found.holds.bytes)
            quota["objects"] = .integer(found.holds.objects)
        }
        return quota
    }
}
