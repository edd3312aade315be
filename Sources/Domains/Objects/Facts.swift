import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The facts that this domain emits, with the message in `payload`. Numbers are frozen; 0x2000 to 0x2FFF belong to this domain.
package enum ObjectsFactKind {
    package static let bucketCreated = Fact.Kind(rawValue: 0x2001)
    package static let bucketDeleted = Fact.Kind(rawValue: 0x2002)
    package static let bucketNotificationsChanged = Fact.Kind(rawValue: 0x2003)
    package static let bucketSettingChanged = Fact.Kind(rawValue: 0x2004)
    package static let objectCreated = Fact.Kind(rawValue: 0x2010)
    package static let objectRemoved = Fact.Kind(rawValue: 0x2011)
    package static let deleteMarkerCreated = Fact.Kind(rawValue: 0x2012)
    package static let versionRemoved = Fact.Kind(rawValue: 0x2013)
    package static let objectLockChanged = Fact.Kind(rawValue: 0x2017)
    package static let objectTagsChanged = Fact.Kind(rawValue: 0x2015)
    package static let objectAclChanged = Fact.Kind(rawValue: 0x2016)
    package static let objectRestored = Fact.Kind(rawValue: 0x2018)
    package static let objectRenamed = Fact.Kind(rawValue: 0x201C)
    package static let objectAppended = Fact.Kind(rawValue: 0x201D)
    package static let uploadCreated = Fact.Kind(rawValue: 0x2020)
    package static let uploadAborted = Fact.Kind(rawValue: 0x2021)
    package static let partUploaded = Fact.Kind(rawValue: 0x2022)
    /// A target is to get a message in this same commit: `NotificationDue`. Only signalled, never in a record.
    package static let notificationDue = Fact.Kind(rawValue: 0x2030)
    /// The same for a function or an event bus.
    package static let functionDue = Fact.Kind(rawValue: 0x2031)
}

extension Objects {
    /// Every kind of fact that this domain emits, with its name for people.
    package static let factKinds: [Fact.Kind: String] = [
        ObjectsFactKind.bucketCreated: "BucketCreated", ObjectsFactKind.bucketDeleted: "BucketDeleted",
        ObjectsFactKind.bucketNotificationsChanged: "BucketNotificationsChanged",
        ObjectsFactKind.bucketSettingChanged: "BucketSettingChanged", ObjectsFactKind.objectCreated: "ObjectCreated",
        ObjectsFactKind.objectRemoved: "ObjectRemoved", ObjectsFactKind.deleteMarkerCreated: "DeleteMarkerCreated",
        ObjectsFactKind.versionRemoved: "VersionRemoved", ObjectsFactKind.objectTagsChanged: "ObjectTagsChanged",
        ObjectsFactKind.objectLockChanged: "ObjectLockChanged", ObjectsFactKind.objectAclChanged: "ObjectAclChanged",
        ObjectsFactKind.objectRestored: "ObjectRestored",
        ObjectsFactKind.objectRenamed: "ObjectRenamed", ObjectsFactKind.objectAppended: "ObjectAppended",
        ObjectsFactKind.uploadCreated: "UploadCreated",
        ObjectsFactKind.uploadAborted: "UploadAborted", ObjectsFactKind.partUploaded: "PartUploaded",
        ObjectsFactKind.notificationDue: "NotificationDue", ObjectsFactKind.functionDue: "FunctionDue",
    ]
}

extension ChangeContext {
    var origin: PBChangeOrigin {
        PBChangeOrigin.with {
            $0.account = principal.account.rawValue
            $0.principalArn = principal.arn.description
            $0.accessKeyID = principal.accessKeyID ?? ""
            $0.requestID = requestID.description
            $0.sourceIp = sourceIP
        }
    }
}

extension Fact {
    init(_ kind: Fact.Kind, message: some SwiftProtobuf.Message) throws {
        self.init(kind, try message.serializedBytes() as [UInt8])
    }

    static func bucketCreated(_ name: BucketName, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.bucketCreated,
            message: PBBucketCreated.with {
                $0.bucket = name.rawValue
                $0.origin = context.origin
            })
    }

    static func bucketDeleted(_ name: BucketName, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.bucketDeleted,
            message: PBBucketDeleted.with {
                $0.bucket = name.rawValue
                $0.origin = context.origin
            })
    }

    static func notificationsChanged(_ name: BucketName, targets: Int, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.bucketNotificationsChanged,
            message: PBBucketNotificationsChanged.with {
                $0.bucket = name.rawValue
                $0.origin = context.origin
                $0.targetCount = UInt32(targets)
            })
    }

    static func bucketSettingChanged(_ name: BucketName, _ kind: BucketSettingKind, isSet: Bool, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.bucketSettingChanged,
            message: PBBucketSettingChanged.with {
                $0.bucket = name.rawValue
                $0.origin = context.origin
                $0.kind = kind.rawValue
                $0.isSet = isSet
            })
    }

    static func objectCreated(
        _ bucket: BucketName, _ key: ObjectKey, size: Int64, etag: ETag, cause: PBObjectCreated.Cause, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectCreated,
            message: PBObjectCreated.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.size = UInt64(size)
                $0.etag = etag.text
                $0.cause = cause
                $0.origin = context.origin
            })
    }

    static func objectRemoved(_ bucket: BucketName, _ key: ObjectKey, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectRemoved,
            message: PBObjectRemoved.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.origin = context.origin
            })
    }

    static func objectAclChanged(_ bucket: BucketName, _ key: ObjectKey, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectAclChanged,
            message: PBObjectAclChanged.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.origin = context.origin
            })
    }

    static func objectRestored(
        _ bucket: BucketName, _ key: ObjectKey, until: Timestamp, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectRestored,
            message: PBObjectRestored.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.untilMs = until.milliseconds
                $0.origin = context.origin
            })
    }

    static func objectTagsChanged(_ bucket: BucketName, _ key: ObjectKey, count: Int, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectTagsChanged,
            message: PBObjectTagsChanged.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.count = UInt32(count)
                $0.origin = context.origin
            })
    }

    static func uploadCreated(_ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.uploadCreated,
            message: PBUploadCreated.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.upload = id.description
                $0.origin = context.origin
            })
    }

    static func uploadAborted(_ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, _ context: ChangeContext) throws -> Fact {
        try Fact(
            ObjectsFactKind.uploadAborted,
            message: PBUploadAborted.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.upload = id.description
                $0.origin = context.origin
            })
    }

    static func partUploaded(
        _ bucket: BucketName, _ key: ObjectKey, _ id: UploadID, number: Int, size: Int64, etag: ETag, _ context: ChangeContext
    ) throws -> Fact {
        try Fact(
            ObjectsFactKind.partUploaded,
            message: PBPartUploaded.with {
                $0.bucket = bucket.rawValue
                $0.key = Data(key.utf8)
                $0.upload = id.description
                $0.number = UInt32(number)
                $0.size = UInt64(size)
                $0.etag = etag.text
                $0.origin = context.origin
            })
    }
}
