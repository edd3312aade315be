import SwiftProtobuf

/// What is refused however lists and policies read.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
package struct PublicAccessBlock: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.publicAccessBlock

    /// No new lists with public grants.
    package var blocksPublicACLs: Bool
    /// Public grants of lists count for nothing.
    package var ignoresPublicACLs: Bool
    /// No new public policy.
    package var blocksPublicPolicy: Bool
    /// A public policy allows nothing to anybody outside of the bucket owner's account.
    package var restrictsPublicBuckets: Bool
    /// The setting was taken away: nothing is blocked, and asking for it finds none.
    package var isRemoved: Bool

    package init(
        blocksPublicACLs: Bool = false, ignoresPublicACLs: Bool = false, blocksPublicPolicy: Bool = false,
        restrictsPublicBuckets: Bool = false, isRemoved: Bool = false
    ) {
        self.blocksPublicACLs = blocksPublicACLs
        self.ignoresPublicACLs = ignoresPublicACLs
        self.blocksPublicPolicy = blocksPublicPolicy
        self.restrictsPublicBuckets = restrictsPublicBuckets
        self.isRemoved = isRemoved
    }

    /// What a bucket has of which nothing was ever said.
    package static let standard = PublicAccessBlock(
        blocksPublicACLs: true, ignoresPublicACLs: true, blocksPublicPolicy: true, restrictsPublicBuckets: true)
    package static let removed = PublicAccessBlock(isRemoved: true)

    package init(stored: [UInt8]) throws {
        let record = try PBPublicAccessBlockRecord(serializedBytes: stored)
        self.init(
            blocksPublicACLs: record.blocksPublicAcls, ignoresPublicACLs: record.ignoresPublicAcls,
            blocksPublicPolicy: record.blocksPublicPolicy, restrictsPublicBuckets: record.restrictsPublicBuckets,
            isRemoved: record.isRemoved)
    }

    package func stored() throws -> [UInt8] {
        try PBPublicAccessBlockRecord.with {
            $0.blocksPublicAcls = blocksPublicACLs
            $0.ignoresPublicAcls = ignoresPublicACLs
            $0.blocksPublicPolicy = blocksPublicPolicy
            $0.restrictsPublicBuckets = restrictsPublicBuckets
            $0.isRemoved = isRemoved
        }.serializedBytes()
    }
}
