import SwiftProtobuf

/// Which of the services around S3 a configuration is for.
package protocol KeptConfigurationService: Sendable {
    static var kind: BucketSettingKind { get }
}

/// Metrics of requests in Amazon CloudWatch.
package enum RequestMetrics: KeptConfigurationService {
    package static let kind = BucketSettingKind.metrics
}

/// Storage class analysis.
package enum StorageAnalytics: KeptConfigurationService {
    package static let kind = BucketSettingKind.analytics
}

/// The archive tiers of the storage class INTELLIGENT_TIERING.
package enum IntelligentTiering: KeptConfigurationService {
    package static let kind = BucketSettingKind.intelligentTiering
}

/// A bucket's configurations for a service that is not here: they are kept for the tools that set and compare them, and do nothing.
package struct KeptConfigurations<Service: KeptConfigurationService>: BucketSetting, Hashable {
    package struct Configuration: Hashable, Sendable {
        package let id: String
        /// What stands within the configuration's element, as XML without namespaces.
        package let content: String

        package init(id: String, content: String) {
            self.id = id
            self.content = content
        }
    }

    package static var kind: BucketSettingKind { Service.kind }

    /// Ascending by their ids.
    package private(set) var list: [Configuration]

    package init(_ list: [Configuration] = []) {
        self.list = list.sorted { $0.id < $1.id }
    }

    package subscript(id: String) -> Configuration? { list.first { $0.id == id } }

    /// With this one, in place of one with its id.
    package func setting(_ configuration: Configuration) -> KeptConfigurations {
        KeptConfigurations(list.filter { $0.id != configuration.id } + [configuration])
    }

    package func removing(_ id: String) -> KeptConfigurations { KeptConfigurations(list.filter { $0.id != id }) }

    package init(stored: [UInt8]) throws {
        list = try PBKeptConfigurationsRecord(serializedBytes: stored).configurations.map { Configuration(id: $0.id, content: $0.content) }
    }

    package func stored() throws -> [UInt8] {
        let record = PBKeptConfigurationsRecord.with {
            $0.configurations = list.map { configuration in
                PBKeptConfigurationRecord.with {
                    $0.id = configuration.id
                    $0.content = configuration.content
                }
            }
        }
        return try record.serializedBytes()
    }
}

package enum KeptConfigurationLimits {
    /// Of one service and bucket.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html, and the others' pages.
    package static let countMax = 1_000
    /// A configuration's content: a prefix and 50 tags of the longest kind fit, whatever they are made of.
    package static let contentBytesMax = 128 << 10
}

/// Whether a bucket was set to be reached through edge locations, which are not here. A bucket without this setting was never asked.
package enum AccelerateConfiguration: String, BucketSetting, Hashable {
    case enabled = "Enabled"
    case suspended = "Suspended"

    package static let kind = BucketSettingKind.accelerate

    package init(stored: [UInt8]) throws {
        self = try PBAccelerateRecord(serializedBytes: stored).isEnabled ? .enabled : .suspended
    }

    package func stored() throws -> [UInt8] {
        try PBAccelerateRecord.with { $0.isEnabled = self == .enabled }.serializedBytes()
    }
}
