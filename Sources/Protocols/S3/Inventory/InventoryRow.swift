import Bytes
import JSON
import Model
import NIOCore
import Objects

/// One object or version as a line of an inventory, in CSV: every column in quotation marks, the key percent-encoded.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
struct InventoryRow {
    let bucket: Bucket
    let entry: VersionEntry
    /// Nil unless a field needs it, and for an object that is gone meanwhile.
    let info: ObjectInfo?
    /// Everything is the bucket owner's, whatever lists say.
    let hasListsDisabled: Bool

    /// The names of the columns, as a manifest has them.
    static func schema(_ inventory: InventoryConfiguration) -> String {
        let fixed = inventory.includesAllVersions ? ["Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker"] : ["Bucket", "Key"]
        return (fixed + inventory.fields.map(\.wireName)).joined(separator: ", ")
    }

    func text(_ inventory: InventoryConfiguration) -> String {
        var columns = [bucket.name.rawValue, PercentEncoding.encode(entry.key.utf8, keepingSlash: true)]
        if inventory.includesAllVersions {
            columns += [entry.version == .null ? "" : entry.version.description, String(entry.isLatest), String(entry.isDeleteMarker)]
        }
        columns += inventory.fields.map { entry.isDeleteMarker ? ofMarker($0) : value($0) }
        return columns.map { "\"\($0)\"" }.joined(separator: ",") + "\n"
    }

    private func ofMarker(_ field: InventoryField) -> String {
        field == .lastModifiedDate ? ISO8601.format(entry.object.lastModified) : ""
    }

    private func value(_ field: InventoryField) -> String {
        let object = entry.object
        switch field {
        case .size: return String(object.size)
        case .lastModifiedDate: return ISO8601.format(object.lastModified)
        case .eTag: return object.etag.text
        case .storageClass: return object.storageClass.wireName
        case .isMultipartUploaded: return String(object.partCount > 0)
        case .checksumAlgorithm: return object.checksumAlgorithm?.wireName ?? ""
        case .replicationStatus, .intelligentTieringAccessTier: return ""
        default: return info.map { detail(field, $0) } ?? ""
        }
    }

    private func detail(_ field: InventoryField, _ info: ObjectInfo) -> String {
        switch field {
        case .encryptionStatus: encryptionStatus(info.encryption)
        case .bucketKeyStatus: if case .service(_, usesBucketKey: true) = info.encryption { "ENABLED" } else { "DISABLED" }
        case .objectOwner: owner(info).canonicalID
        case .objectLockMode: info.lock.retention?.mode.wireName ?? ""
        case .objectLockRetainUntilDate: info.lock.retention.map { ISO8601.format($0.until) } ?? ""
        case .objectLockLegalHoldStatus: info.lock.legalHold.map { $0 ? "On" : "Off" } ?? ""
        case .lifecycleExpirationDate: info.expiration.map { ISO8601.format($0.date) } ?? ""
        case .objectAccessControlList: grants(info)
        default: ""
        }
    }

    private func owner(_ info: ObjectInfo) -> Owner { hasListsDisabled ? bucket.owner : info.owner }

    private func encryptionStatus(_ encryption: ObjectEncryption?) -> String {
        switch encryption {
        case nil: "NOT-SSE"
        case .managed: "SSE-S3"
        case .service: "SSE-KMS"
        case .customer: "SSE-C"
        }
    }

    /// JSON in Base64.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html
    private func grants(_ info: ObjectInfo) -> String {
        let owner = owner(info)
        let list = (hasListsDisabled ? nil : info.attributes.access.acl) ?? .ownerOnly(owner)
        let grants: [JSONValue] = list.grants.map { grant in
            let permission = JSONValue.string(grant.permission.rawValue)
            switch grant.grantee {
            case .account(let id, _):
                return .object(["canonicalId": .string(id), "type": .string("CanonicalUser"), "permission": permission])
            case .group(let group): return .object(["uri": .string(group.rawValue), "type": .string("Group"), "permission": permission])
            }
        }
        let document: JSONObject = ["version": .string("2022-11-10"), "status": .string("AVAILABLE"), "grants": .array(grants)]
        return Base64.encode(Array(JSONValue.object(document).bytes.readableBytesView))
    }
}
