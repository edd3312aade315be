import Model
import SwiftProtobuf

/// Where the log of requests to a bucket goes.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
package struct LoggingConfiguration: BucketSetting, Hashable {
    package static let kind = BucketSettingKind.logging

    /// How the keys of log objects are made.
    package enum KeyFormat: Sendable {
        /// `PREFIXyyyy-MM-dd-hh-mm-ss-UNIQUE`
        case simple
        /// `PREFIXaccount/region/bucket/yyyy/MM/dd/yyyy-MM-dd-hh-mm-ss-UNIQUE`, by the day of the requests.
        case partitionedByEventTime
        /// The same, by the time of delivery.
        case partitionedByDeliveryTime
    }

    package let targetBucket: BucketName
    package let targetPrefix: String
    /// Nil when none was named: simple.
    package let keyFormat: KeyFormat?
    /// What log objects are granted to others, where the target's lists count.
    package let targetGrants: [Grant]

    package init(targetBucket: BucketName, targetPrefix: String, keyFormat: KeyFormat?, targetGrants: [Grant] = []) {
        self.targetBucket = targetBucket
        self.targetPrefix = targetPrefix
        self.keyFormat = keyFormat
        self.targetGrants = targetGrants
    }

    package init(stored: [UInt8]) throws {
        let record = try PBLoggingRecord(serializedBytes: stored)
        let format: KeyFormat =
            switch record.keyFormat {
            case .partitionedByEventTime: .partitionedByEventTime
            case .partitionedByDeliveryTime: .partitionedByDeliveryTime
            default: .simple
            }
        self.init(
            targetBucket: BucketName(stored: record.targetBucket), targetPrefix: record.targetPrefix,
            keyFormat: record.hasKeyFormat ? format : nil, targetGrants: try record.targetGrants.map { try Grant($0) })
    }

    package func stored() throws -> [UInt8] {
        let record = PBLoggingRecord.with {
            $0.targetBucket = targetBucket.rawValue
            $0.targetPrefix = targetPrefix
            switch keyFormat {
            case .simple: $0.keyFormat = .simple
            case .partitionedByEventTime: $0.keyFormat = .partitionedByEventTime
            case .partitionedByDeliveryTime: $0.keyFormat = .partitionedByDeliveryTime
            case nil: break
            }
            $0.targetGrants = targetGrants.map(\.record)
        }
        return try record.serializedBytes()
    }
}

extension Objects {
    /// Where requests to this bucket are logged, as far as is known without a read: nothing until the bucket was read once since the start,
    /// and a flag's test while no bucket that was read has a log.
    package func loggingHint(_ bucket: BucketName) -> (bucket: Bucket, log: LoggingConfiguration)? {
        guard buckets.anyIsLogged, let state = buckets.hint(bucket) else { return nil }
        guard let log = (try? state.setting(LoggingConfiguration.self)) ?? nil else { return nil }
        return (state.bucket, log)
    }
}
