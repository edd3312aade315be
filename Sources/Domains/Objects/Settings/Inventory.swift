import Model
import SwiftProtobuf

/// A column of an inventory besides those that every one has. The raw values are stored: never renumber.
package enum InventoryField: UInt32, Sendable, CaseIterable {
    case size = 1
    case lastModifiedDate = 2
    case eTag = 3
    case storageClass = 4
    case isMultipartUploaded = 5
    case replicationStatus = 6
    case encryptionStatus = 7
    case objectLockRetainUntilDate = 8
    case objectLockMode = 9
    case objectLockLegalHoldStatus = 10
    case intelligentTieringAccessTier = 11
    case bucketKeyStatus = 12
    case checksumAlgorithm = 13
    case objectOwner = 14
    case objectAccessControlList = 15
    case lifecycleExpirationDate = 16

    package var wireName: String {
        switch self {
        case .size: "Size"
        case .lastModifiedDate: "LastModifiedDate"
        case .eTag: "ETag"
        case .storageClass: "StorageClass"
        case .isMultipartUploaded: "IsMultipartUploaded"
        case .replicationStatus: "ReplicationStatus"
        case .encryptionStatus: "EncryptionStatus"
        case .objectLockRetainUntilDate: "ObjectLockRetainUntilDate"
        case .objectLockMode: "ObjectLockMode"
        case .objectLockLegalHoldStatus: "ObjectLockLegalHoldStatus"
        case .intelligentTieringAccessTier: "IntelligentTieringAccessTier"
        case .bucketKeyStatus: "BucketKeyStatus"
        case .checksumAlgorithm: "ChecksumAlgorithm"
        case .objectOwner: "ObjectOwner"
        case .objectAccessControlList: "ObjectAccessControlList"
        case .lifecycleExpirationDate: "LifecycleExpirationDate"
        }
    }

    package init?(wireName: String) {
        guard let field = Self.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = field
    }

    /// Whether a listing does not tell it.
    package var needsDetails: Bool {
        switch self {
        case .objectLockRetainUntilDate, .objectLockMode, .objectLockLegalHoldStatus, .encryptionStatus, .bucketKeyStatus, .objectOwner,
            .objectAccessControlList, .lifecycleExpirationDate:
            true
        case .size, .lastModifiedDate, .eTag, .storageClass, .isMultipartUploaded, .replicationStatus, .intelligentTieringAccessTier,
            .checksumAlgorithm:
            false
        }
    }
}

/// How an inventory wants its reports encrypted.
package enum InventoryEncryption: Hashable, Sendable {
    /// SSE-S3.
    case managed
    /// SSE-KMS, with the key as the client names it.
    case service(key: String)
}

/// A list of a bucket's objects, made on a schedule.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
package struct InventoryConfiguration: Hashable, Sendable {
    package var id: String
    package var isEnabled: Bool
    package var prefix: String
    package var includesAllVersions: Bool
    package var isWeekly: Bool
    package var fields: [InventoryField]
    package var destinationBucket: BucketName
    /// Whose the destination must be; nil: the source's owner's.
    package var destinationAccount: String?
    package var destinationPrefix: String
    /// Nil: the destination's default.
    package var encryption: InventoryEncryption?

    package init(
        id: String, isEnabled: Bool, prefix: String = "", includesAllVersions: Bool = false, isWeekly: Bool = false,
        fields: [InventoryField] = [], destinationBucket: BucketName, destinationAccount: String? = nil, destinationPrefix: String = "",
        encryption: InventoryEncryption? = nil
    ) {
        self.id = id
        self.isEnabled = isEnabled
        self.prefix = prefix
        self.includesAllVersions = includesAllVersions
        self.isWeekly = isWeekly
        self.fields = fields
        self.destinationBucket = destinationBucket
        self.destinationAccount = destinationAccount
        self.destinationPrefix = destinationPrefix
        self.encryption = encryption
    }

    /// Whether a report is due whose predecessor began at `last`: one each UTC day, or each week from Sunday on.
    package func isDue(last: Timestamp?, now: Timestamp) -> Bool {
        guard isEnabled else { return false }
        guard let last else { return true }
        return period(last) < period(now)
    }

    /// 1970 began on a Thursday, so the first Sunday was its fourth day.
    private func period(_ time: Timestamp) -> Int64 {
        let day = time.seconds / 86_400
        return isWeekly ? (day + 4) / 7 : day
    }
}

/// A bucket's inventories, by their ids.
package struct Inventories: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.inventory
    package static let countMax = 1_000
    package static let idBytesMax = 64

    package private(set) var list: [InventoryConfiguration]

    package init(_ list: [InventoryConfiguration] = []) {
        self.list = list.sorted { $0.id < $1.id }
    }

    package subscript(id: String) -> InventoryConfiguration? { list.first { $0.id == id } }

    /// With this one, in place of one with its id.
    package func setting(_ inventory: InventoryConfiguration) -> Inventories {
        Inventories(list.filter { $0.id != inventory.id } + [inventory])
    }

    package func removing(_ id: String) -> Inventories { Inventories(list.filter { $0.id != id }) }

    package init(stored: [UInt8]) throws {
        list = try PBInventoriesRecord(serializedBytes: stored).inventories.map { record in
            let encryption: InventoryEncryption? =
                switch record.encryption {
                case 0: nil
                case 1: .managed
                case 2: .service(key: record.encryptionKey)
                default: throw UnknownStoredValue(field: "encryption of an inventory", value: record.encryption)
                }
            return InventoryConfiguration(
                id: record.id, isEnabled: record.isEnabled, prefix: record.prefix, includesAllVersions: record.includesAllVersions,
                isWeekly: record.isWeekly, fields: record.fields.compactMap { InventoryField(rawValue: $0) },
                destinationBucket: BucketName(stored: record.destinationBucket),
                destinationAccount: record.hasDestinationAccount ? record.destinationAccount : nil,
                destinationPrefix: record.destinationPrefix, encryption: encryption)
        }
    }

    package func stored() throws -> [UInt8] {
        let record = PBInventoriesRecord.with {
            $0.inventories = list.map { inventory in
                PBInventoryRecord.with {
                    $0.id = inventory.id
                    $0.isEnabled = inventory.isEnabled
                    $0.prefix = inventory.prefix
                    $0.includesAllVersions = inventory.includesAllVersions
                    $0.isWeekly = inventory.isWeekly
                    $0.fields = inventory.fields.map(\.rawValue)
                    $0.destinationBucket = inventory.destinationBucket.rawValue
                    if let account = inventory.destinationAccount { $0.destinationAccount = account }
                    $0.destinationPrefix = inventory.destinationPrefix
                    switch inventory.encryption {
                    case nil: break
                    case .managed: $0.encryption = 1
                    case .service(let key):
                        $0.encryption = 2
                        $0.encryptionKey = key
                    }
                }
            }
        }
        return try record.serializedBytes()
    }
}
