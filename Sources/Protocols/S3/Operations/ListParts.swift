import AWSWire
import Bytes
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
enum ListParts {
    static let action = Action.s3("ListMultipartUploadParts")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(action, bucket, key)
        let id = try UploadIDParameter.required(call)
        let countMax = try ListParameters.count(call, "max-parts")
        try await ListParameters.reserve(call, entries: countMax)
        let marker = try ListParameters.number(call, "part-number-marker")
        let text = try ListText(call)
        let page = try await call.objects.listParts(bucket, key, id, after: marker, countMax: countMax)
        return S3Reply.xml(encode(page, bucket, text, marker: marker, countMax: countMax))
    }

    private static func encode(_ page: PartPage, _ bucket: BucketName, _ text: ListText, marker: Int, countMax: Int) -> ByteBuffer {
        let upload = page.upload
        var xml = XMLWriter()
        xml.open("ListPartsResult", xmlns: S3Reply.namespace)
        xml.element("Bucket", bucket.rawValue)
        text.write("Key", upload.key.utf8, to: &xml)
        xml.element("UploadId", upload.id.description)
        xml.owner("Initiator", upload.initiator, isNamed: true)
        text.write(upload.owner, to: &xml)
        xml.element("StorageClass", upload.attributes.storageClass.wireName)
        xml.element("PartNumberMarker", marker)
        xml.element("NextPartNumberMarker", page.parts.last?.number ?? 0)
        xml.element("MaxParts", countMax)
        xml.element("IsTruncated", page.isTruncated)
        xml.elements(ofChecksum: upload)
        for part in page.parts {
            xml.open("Part")
            xml.element("PartNumber", part.number)
            xml.time("LastModified", part.lastModified)
            xml.element("ETag", part.etag.quoted)
            xml.element("Size", part.size)
            if upload.isChecksumChosen { xml.element(part.checksum) }
            xml.close("Part")
        }
        xml.close("ListPartsResult")
        return xml.finish()
    }
}
