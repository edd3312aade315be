import Bytes
import Model
import Objects

/// One object or version as a line of an inventory, in CSV: every column in quotation marks, the key percent-encoded.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
struct InventoryRow {
    let bucket: Bucket
    let entry: VersionEntry
    /// Nil unless a field needs it.
    let lock: ObjectLock?

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
        case .encryptionStatus: return "NOT-SSE"
        case .bucketKeyStatus: return "DISABLED"
        case .checksumAlgorithm: return object.checksumAlgorithm?.wireName ?? ""
        case .objectOwner: return bucket.owner.canonicalID
        case .objectLockMode: return lock?.retention?.mode.wireName ?? ""
        case .objectLockRetainUntilDate: return lock?.retention.map { ISO8601.format($0.until) } ?? ""
        case .objectLockLegalHoldStatus: return lock?.legalHold.map { $0 ? "On" : "Off" } ?? ""
        case .replicationStatus, .intelligentTieringAccessTier: return ""
        }
    }
}
