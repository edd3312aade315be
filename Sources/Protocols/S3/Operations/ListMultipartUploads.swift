import AWSWire
import Bytes
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
enum ListMultipartUploads {
    static let action = Action.s3("ListBucketMultipartUploads")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let parameters = try ListParameters(call, countName: "max-uploads")
        try await ListParameters.reserve(call, entries: parameters.countMax)
        let keyMarker = Array((call.query.value("key-marker") ?? "").utf8)
        let uploadMarker = call.query.value("upload-id-marker") ?? ""
        let query = UploadListQuery(
            keys: parameters.query(after: keyMarker.isEmpty ? nil : keyMarker), afterUpload: try after(uploadMarker, keyMarker))
        let page = try await call.objects.listUploads(bucket, query)
        return S3Reply.xml(encode(page, parameters, keyMarker, uploadMarker))
    }

    /// Without a key marker AWS ignores the upload's.
    private static func after(_ text: String, _ keyMarker: [UInt8]) throws(S3Error) -> UploadID? {
        if text.isEmpty || keyMarker.isEmpty { return nil }
        guard let id = UploadID(text) else {
            throw .invalidArgument("Invalid uploadId marker", name: "upload-id-marker", value: text)
        }
        return id
    }

    private static func encode(
        _ page: UploadPage, _ parameters: ListParameters, _ keyMarker: [UInt8], _ uploadMarker: String
    ) -> ByteBuffer {
        let text = parameters.text
        var xml = XMLWriter()
        xml.open("ListMultipartUploadsResult", xmlns: S3Reply.namespace)
        xml.element("Bucket", page.bucket.name.rawValue)
        text.write("KeyMarker", keyMarker, to: &xml)
        xml.element("UploadIdMarker", uploadMarker)
        if let next = page.next {
            text.write("NextKeyMarker", next.key, to: &xml)
            xml.element("NextUploadIdMarker", next.upload?.description ?? "")
        }
        text.write("Prefix", parameters.prefix, to: &xml)
        if !parameters.delimiter.isEmpty { text.write("Delimiter", parameters.delimiter, to: &xml) }
        text.writeEncodingType(to: &xml)
        xml.element("MaxUploads", parameters.countMax)
        xml.element("IsTruncated", page.isTruncated)
        for upload in page.uploads { write(upload, text, to: &xml) }
        text.writeCommonPrefixes(page.commonPrefixes, to: &xml)
        xml.close("ListMultipartUploadsResult")
        return xml.finish()
    }

    private static func write(_ upload: UploadInfo, _ text: ListText, to xml: inout XMLWriter) {
        xml.open("Upload")
        text.write("Key", upload.key.utf8, to: &xml)
        xml.element("UploadId", upload.id.description)
        xml.owner("Initiator", upload.initiator, isNamed: true)
        text.write(upload.owner, to: &xml)
        xml.element("StorageClass", upload.attributes.storageClass.wireName)
        xml.time("Initiated", upload.initiated)
        if let algorithm = upload.checksumAlgorithm { xml.element("ChecksumAlgorithm", algorithm.wireName) }
        if let type = upload.checksumType { xml.element("ChecksumType", type.wireName) }
        xml.close("Upload")
    }
}
