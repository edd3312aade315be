import SwiftProtobuf

/// Who pays for requests: nobody is billed here, but a caller of a bucket whose requesters pay has to say that it knows.
/// A bucket without this setting has its owner pay.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
package enum RequestPayment: String, BucketSetting, Hashable {
    case bucketOwner = "BucketOwner"
    case requester = "Requester"

    package static let kind = BucketSettingKind.requestPayment

    package init(stored: [UInt8]) throws {
        let record = try PBRequestPaymentRecord(serializedBytes: stored)
        self = record.requesterPays ? .requester : .bucketOwner
    }

    package func stored() throws -> [UInt8] {
        try PBRequestPaymentRecord.with { $0.requesterPays = self == .requester }.serializedBytes()
    }
}
