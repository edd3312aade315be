import AWSWire
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
enum ListObjects {
    static let action = Action.s3("ListBucket")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let parameters = try ListParameters(call, countName: "max-keys")
        try await ListParameters.reserve(call, entries: parameters.countMax)
        let marker = Array((call.query.value("marker") ?? "").utf8)
        let page = try await call.objects.list(
            bucket, parameters.query(after: marker.isEmpty ? nil : marker), asOf: try AsOfHeader.position(call),
            namingOwners: true)
        let owner = call.caller.principal.isAnonymous ? nil : page.bucket.owner
        return S3Reply.xml(
            encode(page, parameters, marker, owner: owner, encodesPrefix: call.door.configuration.dialect == .aws),
            headers: ObjectListing.headers(page))
    }

    /// AWS tells owners only to callers whom it knows, and encodes the prefix with all the other names. Ceph sends it back as it came, and boto3 does not decode it.
    private static func encode(
        _ page: ListPage, _ parameters: ListParameters, _ marker: [UInt8], owner: Owner?, encodesPrefix: Bool
    ) -> ByteBuffer {
        let text = parameters.text
        var xml = XMLWriter()
        xml.open("ListBucketResult", xmlns: S3Reply.namespace)
        xml.element("Name", page.bucket.name.rawValue)
        if encodesPrefix {
            text.write("Prefix", parameters.prefix, to: &xml)
        } else {
            xml.element("Prefix", utf8: parameters.prefix)
        }
        text.write("Marker", marker, to: &xml)
        // AWS shows the next marker only where the last key does not tell it.
        if let next = page.next, !parameters.delimiter.isEmpty { text.write("NextMarker", next, to: &xml) }
        xml.element("MaxKeys", parameters.countMax)
        if !parameters.delimiter.isEmpty { text.write("Delimiter", parameters.delimiter, to: &xml) }
        text.writeEncodingType(to: &xml)
        xml.element("IsTruncated", page.isTruncated)
        ObjectListing.write(page, text, owner: owner, to: &xml)
        xml.close("ListBucketResult")
        return xml.finish()
    }
}
