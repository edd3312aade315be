import Model
import SwiftProtobuf

/// Who owns what is written into a bucket, and whether access control lists count there.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
package enum ObjectOwnership: String, Hashable, Sendable, CaseIterable {
    /// Everything is the bucket owner's and lists count for nothing.
    case bucketOwnerEnforced = "BucketOwnerEnforced"
    /// An object is its writer's, unless it came with the list `bucket-owner-full-control`.
    case bucketOwnerPreferred = "BucketOwnerPreferred"
    /// An object is its writer's.
    case objectWriter = "ObjectWriter"

    /// What a bucket has of which nothing was ever said.
    package static let standard = ObjectOwnership.bucketOwnerEnforced
}

/// A bucket's ownership controls. A bucket without this setting has `ObjectOwnership.standard`.
package struct OwnershipControls: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.ownershipControls

    /// Nil: the controls were taken away, which leaves objects to their writers.
    package let rule: ObjectOwnership?

    package init(_ rule: ObjectOwnership?) {
        self.rule = rule
    }

    package var effective: ObjectOwnership { rule ?? .objectWriter }

    package init(stored: [UInt8]) throws {
        let record = try PBOwnershipControlsRecord(serializedBytes: stored)
        switch record.rule {
        case 0: rule = nil
        case 1: rule = .bucketOwnerEnforced
        case 2: rule = .bucketOwnerPreferred
        case 3: rule = .objectWriter
        default: throw UnknownStoredValue(field: "ownership rule", value: record.rule)
        }
    }

    package func stored() throws -> [UInt8] {
        try PBOwnershipControlsRecord.with {
            $0.rule =
                switch rule {
                case nil: 0
                case .bucketOwnerEnforced: 1
                case .bucketOwnerPreferred: 2
                case .objectWriter: 3
                }
        }.serializedBytes()
    }
}

/// A number that no version of this server stored there.
struct UnknownStoredValue: Error {
    let field: String
    let value: UInt32
}
