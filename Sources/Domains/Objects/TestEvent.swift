import Bytes
import Model

/// What a target gets when a bucket begins to notify it, so that its owner sees that it works.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
enum TestEvent {
    static func body(_ bucket: BucketName, context: ChangeContext, time: Timestamp) -> [UInt8] {
        var json = JSONBytes()
        json.raw("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Time\":\"")
        json.raw(ISO8601.format(time))
        json.raw("\",\"Bucket\":")
        json.string(bucket.rawValue)
        json.raw(",\"RequestId\":")
        json.string(context.requestID.description)
        json.raw(",\"HostId\":")
        json.string(context.hostID)
        json.raw("}")
        return json.bytes
    }
}
