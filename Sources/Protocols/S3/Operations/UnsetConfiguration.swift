import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// Answers for settings that no bucket here can have, in AWS's words for "not configured"; clients ask for them at every step.
/// Changing such a setting is `NotImplemented`.
enum UnsetConfiguration {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(call.action, name)
        let bucket = try await call.objects.bucket(name)
        switch call.operation {
        case .getBucketAccelerate: return document("AccelerateConfiguration")
        case .getBucketAnalytics: return try list("ListBucketAnalyticsConfigurationResult", call)
        case .getBucketIntelligentTiering: return try list("ListBucketIntelligentTieringConfigurationsOutput", call)
        case .getBucketMetrics: return try list("ListMetricsConfigurationsResult", call)
        default: throw missing(call.operation, bucket.name.rawValue)
        }
    }

    private static func document(_ name: StaticString, _ content: (inout XMLWriter) -> Void = { _ in }) -> DoorResponse {
        var xml = XMLWriter()
        xml.open(name, xmlns: S3Reply.namespace)
        content(&xml)
        xml.close(name)
        return S3Reply.xml(xml.finish())
    }

    /// Of configurations with ids: none. Throws `NoSuchConfiguration` where the request names one.
    private static func list(_ name: StaticString, _ call: S3Call) throws(S3Error) -> DoorResponse {
        if call.query.contains("id") {
            throw S3Error.noSuchConfiguration
        }
        return document(name) { $0.element("IsTruncated", false) }
    }

    private static func missing(_ operation: S3Operation, _ bucket: String) -> S3Error {
        switch operation {
        case .getBucketWebsite:
            .notConfigured("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket: bucket)
        case .getBucketReplication:
            .notConfigured(
                "ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket: bucket)
        default: .notImplemented(operation: operation.rawValue)
        }
    }
}
