import AWSWire
import Doors
import HTTPTypes
import Model
import Objects
import StoragePorts

/// What the operations on a bucket's settings share.
extension S3Call {
    /// The body's document, of a bucket that exists. Throws `MissingRequestBodyError`, `NoSuchBucket`, and what `DocumentBody.read` throws.
    func settingDocument(of bucket: BucketName, requiresDigest: Bool = false) async throws -> XMLElement {
        let document = try await DocumentBody.read(self, bytesMax: S3Limits.configurationBytesMax, requiresDigest: requiresDigest)
        guard let document else { throw S3Error.missingRequestBody }
        _ = try await objects.bucket(bucket)
        return document
    }

    /// Stores or, for nil, removes the setting, and answers with the commit's position.
    func store<Setting: BucketSetting>(
        _ setting: Setting?, of bucket: BucketName, status: HTTPResponse.Status = .ok
    ) async throws -> DoorResponse {
        let stored = try await objects.changeSetting(Setting.self, of: bucket, context: change) { _, _ in setting }
        var headers = HTTPFields()
        headers.addPosition(stored.lsn)
        return S3Reply.empty(status, headers: headers)
    }
}
