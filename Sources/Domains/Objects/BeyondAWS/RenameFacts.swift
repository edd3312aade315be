import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Fact {
    static func objectRenamed(_ request: RenameRequest, _ header: StoredHeader, _ version: VersionID?) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectRenamed,
            message: PBObjectRenamed.with {
                $0.bucket = request.bucket.rawValue
                $0.key = Data(request.key.utf8)
                $0.source = Data(request.source.utf8)
                $0.size = UInt64(header.size)
                $0.etag = header.etag.text
                $0.origin = request.context.origin
                $0.versionID = version?.description ?? ""
            })
    }

    /// `header` is the object's after the append.
    static func objectAppended(_ request: PutRequest, _ header: StoredHeader, offset: Int64) throws -> Fact {
        try Fact(
            ObjectsFactKind.objectAppended,
            message: PBObjectAppended.with {
                $0.bucket = request.bucket.rawValue
                $0.key = Data(request.key.utf8)
                $0.offset = UInt64(offset)
                $0.size = UInt64(header.size)
                $0.etag = header.etag.text
                $0.origin = request.context.origin
            })
    }
}
