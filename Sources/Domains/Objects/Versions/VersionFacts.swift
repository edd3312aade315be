import Bytes
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Fact {
    /// Protobuf's tag of `ObjectCreated.version_id`: field number << 3 | 2 (length-delimited).
    private static let createdVersionTag: UInt8 = 7 << 3 | 2

    /// An ObjectCreated, encoded before its commit, with the id that only the commit knows. Fields may be appended to a message.
    func naming(_ version: VersionID) -> Fact {
        precondition(kind == ObjectsFactKind.objectCreated, "only ObjectCreated is made without its version")
        var writer = ByteWriter(reservingCapacity: payload.count + 40)
        writer.append(payload)
        writer.uint8(Self.createdVersionTag)
        writer.lengthPrefixed(version.description)
        return Fact(kind, writer.bytes)
    }

    static func deleteMarkerCreated(
        _ bucket: BucketName, _ key: ObjectKey, _ version: VersionID, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.deleteMarkerCreated,
            message: PBDeleteMarkerCreated.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.versionID = version.description
                $0.origin = context.origin
            })
    }

    static func versionRemoved(
        _ bucket: BucketName, _ key: ObjectKey, _ version: VersionID, isDeleteMarker: Bool, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.versionRemoved,
            message: PBVersionRemoved.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.versionID = version.description
                $0.isDeleteMarker = isDeleteMarker
                $0.origin = context.origin
            })
    }

    static func objectLockChanged(
        _ bucket: BucketName, _ key: ObjectKey, _ version: VersionID, _ lock: ObjectLock, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectLockChanged,
            message: PBObjectLockChanged.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.versionID = version.description
                $0.retentionMode = UInt32(lock.retention?.mode.rawValue ?? 0)
                $0.retainUntilMs = lock.retention?.until.milliseconds ?? 0
                $0.legalHold = lock.legalHold ?? false
                $0.origin = context.origin
            })
    }
}
