import Doors
import Identity
import Model
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
///
/// No bucket here can have one; clients ask for it at every step. Setting one is `NotImplemented`.
enum GetBucketReplication {
    private static let action = Action.s3("GetReplicationConfiguration")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let name = try call.bucket()
        try await call.authorise(action, name)
        _ = try await call.objects.bucket(name)
        throw S3Error.notConfigured(
            "ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket: name.rawValue)
    }
}
