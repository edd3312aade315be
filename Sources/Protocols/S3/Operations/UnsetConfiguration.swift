import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// Answers for settings that no bucket here can have, in AWS's words for "not configured"; clients ask for them at every step.
/// Setting one is `NotImplemented`.
enum UnsetConfiguration {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(action(call.operation), name)
        _ = try await call.objects.bucket(name)
        let isOfOne = call.query.contains("id")
        switch call.operation {
        case .getBucketAccelerate: return document("AccelerateConfiguration")
        case .getBucketAnalytics where !isOfOne: return list("ListBucketAnalyticsConfigurationResult")
        case .getBucketMetrics where !isOfOne: return list("ListMetricsConfigurationsResult")
        case .getBucketIntelligentTiering where !isOfOne: return list("ListBucketIntelligentTieringConfigurationsOutput")
        case .getBucketReplication:
            throw S3Error.notConfigured(
                "ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket: name.rawValue)
        default: throw S3Error.noSuchConfiguration
        }
    }

    private static func list(_ name: StaticString) -> DoorResponse { document(name) { $0.element("IsTruncated", false) } }

    private static func document(_ name: StaticString, _ content: (inout XMLWriter) -> Void = { _ in }) -> DoorResponse {
        var xml = XMLWriter()
        xml.open(name, xmlns: S3Reply.namespace)
        content(&xml)
        xml.close(name)
        return S3Reply.xml(xml.finish())
    }

    /// As policies name it, which is not how the operation is named.
    private static func action(_ operation: S3Operation) -> Action {
        switch operation {
        case .getBucketReplication: .s3("GetReplicationConfiguration")
        case .getBucketAccelerate: .s3("GetAccelerateConfiguration")
        case .getBucketAnalytics: .s3("GetAnalyticsConfiguration")
        case .deleteBucketAnalytics: .s3("PutAnalyticsConfiguration")
        case .getBucketMetrics: .s3("GetMetricsConfiguration")
        case .deleteBucketMetrics: .s3("PutMetricsConfiguration")
        case .getBucketIntelligentTiering: .s3("GetIntelligentTieringConfiguration")
        case .deleteBucketIntelligentTiering: .s3("PutIntelligentTieringConfiguration")
        default: .s3(operation.rawValue)
        }
    }
}
