import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
enum ListBuckets {
    static let action = Action.s3("ListAllMyBuckets")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        try await call.authorise(action)
        let prefix = call.query.value("prefix") ?? ""
        let after = try ContinuationToken.decode(call.query.value("continuation-token")).map { String(decoding: $0, as: UTF8.self) }
        let countMax = try countMax(call)
        let region = try region(call)
        let page = try await call.objects.listBuckets(
            owner: call.caller.principal.account, prefix: prefix, region: region, after: after,
            countMax: countMax ?? ObjectsLimits.bucketPageMax)
        return S3Reply.xml(encode(call, page, prefix, regions: region != nil || countMax != nil || !prefix.isEmpty || after != nil))
    }

    private static func region(_ call: S3Call) throws(S3Error) -> Region? {
        guard let text = call.query.value("bucket-region") else { return nil }
        guard text == call.objects.region.rawValue || Region.isOfAWS(text) else {
            throw S3Error(
                .badRequest, "InvalidArgument", "Argument value \(text) is not a valid AWS Region", [("ArgumentName", "bucket-region")])
        }
        return Region(text)
    }

    private static func countMax(_ call: S3Call) throws(S3Error) -> Int? {
        guard let text = call.query.value("max-buckets") else { return nil }
        guard let count = Int(text), (1...ObjectsLimits.bucketPageMax).contains(count) else {
            throw .invalidArgument(
                "Argument max-buckets must be an integer between 1 and \(ObjectsLimits.bucketPageMax)", name: "max-buckets", value: text)
        }
        return count
    }

    /// AWS shows regions only to those who page or filter.
    private static func encode(_ call: S3Call, _ page: BucketPage, _ prefix: String, regions: Bool) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("ListAllMyBucketsResult", xmlns: S3Reply.namespace)
        xml.owner("Owner", Owner(call.caller.principal), isNamed: call.namesOwners)
        xml.open("Buckets")
        for bucket in page.entries {
            xml.open("Bucket")
            xml.element("Name", bucket.name.rawValue)
            xml.time("CreationDate", bucket.created)
            if regions { xml.element("BucketRegion", bucket.region.rawValue) }
            xml.element("BucketArn", bucket.name.arn)
            xml.close("Bucket")
        }
        xml.close("Buckets")
        if let next = page.next { xml.element("ContinuationToken", ContinuationToken.encode(Array(next.utf8))) }
        if !prefix.isEmpty { xml.element("Prefix", prefix) }
        xml.close("ListAllMyBucketsResult")
        return xml.finish()
    }
}

/// Opaque to clients: Base64 of the name to go on after.
enum ContinuationToken {
    static func encode(_ name: [UInt8]) -> String { Base64.encode(name) }

    static let incorrect = S3Error(
        .badRequest, "InvalidArgument", "The continuation token provided is incorrect", [("ArgumentName", "continuation-token")])

    /// Nil when there is none, or an empty one: the first page. Throws `InvalidArgument` for what no page gave out.
    static func decode(_ text: String?) throws(S3Error) -> [UInt8]? {
        guard let text, !text.isEmpty else { return nil }
        guard let name = Base64.decode(text), !name.isEmpty else {
            throw incorrect
        }
        return name
    }
}
