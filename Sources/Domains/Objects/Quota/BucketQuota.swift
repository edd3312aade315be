import Model
import StoragePorts
import SwiftProtobuf

/// How much a bucket may hold.
package struct BucketQuota: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.quota

    /// Of all versions' bytes and those of parts of uploads in progress; nil for no limit.
    package let bytesMax: Int64?
    /// Of objects, each version counted, delete markers not, so that deleting is always possible; nil for no limit.
    package let objectsMax: Int64?

    package init(bytesMax: Int64?, objectsMax: Int64?) {
        self.bytesMax = bytesMax
        self.objectsMax = objectsMax
    }

    package init(stored: [UInt8]) throws {
        let record = try PBQuotaSetting(serializedBytes: stored)
        self.init(
            bytesMax: record.hasBytesMax ? Int64(clamping: record.bytesMax) : nil,
            objectsMax: record.hasObjectsMax ? Int64(clamping: record.objectsMax) : nil)
    }

    package func stored() throws -> [UInt8] {
        var record = PBQuotaSetting()
        if let bytesMax { record.bytesMax = UInt64(bytesMax) }
        if let objectsMax { record.objectsMax = UInt64(objectsMax) }
        return try record.serializedBytes()
    }

    func permits(_ amount: BucketAmount) -> Bool {
        amount.bytes <= bytesMax ?? .max && amount.objects <= objectsMax ?? .max
    }
}

/// What a bucket holds, or a difference of it.
package struct BucketAmount: Hashable, Sendable {
    package var bytes: Int64
    package var objects: Int64

    package init(bytes: Int64 = 0, objects: Int64 = 0) {
        self.bytes = bytes
        self.objects = objects
    }

    static func + (a: BucketAmount, b: BucketAmount) -> BucketAmount {
        BucketAmount(bytes: a.bytes + b.bytes, objects: a.objects + b.objects)
    }

    static func - (a: BucketAmount, b: BucketAmount) -> BucketAmount {
        BucketAmount(bytes: a.bytes - b.bytes, objects: a.objects - b.objects)
    }

    /// Of one version: a delete marker is nothing.
    init(_ header: StoredHeader) {
        self = header.isDeleteMarker ? BucketAmount() : BucketAmount(bytes: header.size, objects: 1)
    }
}
