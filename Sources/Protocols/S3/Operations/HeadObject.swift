import Doors
import Identity
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
enum HeadObject {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let choice = try VersionParameter.choice(call)
        try await call.authorise(choice == .current ? GetObject.action : GetObject.versionAction, bucket, key)
        let wish = try ReadWish(call)
        let customerKey = try EncryptionHeaders.customerKey(ofRead: call)
        let object = try await call.objects.lookup(bucket, key, choice)
        try object.check(customerKey)
        var (status, headers) = try ReadPlan(wish, object, reads: false).head(wish, object)
        EncryptionHeaders.add(object.info.encryption, call, to: &headers)
        try await GetObjectTagging.addCount(object.info, call, to: &headers)
        return S3Reply.empty(status, headers: headers)
    }
}
