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
        // Without a key marker AWS ignores the upload's.
        let uploadMarker = keyMarker.isEmpty ? "" : call.query.value("upload-id-marker") ?? ""
        let query = UploadListQuery(
            keys: parameters.query(after: keyMarker.isEmpty ? nil : keyMarker), afterUpload: try after(uploadMarker))
        let page = try await call.objects.listUploads(bucket, query)
        return S3Reply.xml(encode(page, parameters, keyMarker, uploadMarker))
    }

    private static func after(_ text: String) throws(S3Error) -> UploadID? {
        if text.isEmpty { return nil }
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
        let last = page.next ?? page.lastUpload
        text.write("NextKeyMarker", last?.key ?? [], to: &xml)
        xml.element("NextUploadIdMarker", last?.upload?.description ?? "")
        if !parameters.prefix.isEmpty { text.write("Prefix", parameters.prefix, to: &xml) }
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
        xml.elements(ofChecksum: upload)
        xml.close("Upload")
    }
}

extension UploadPage {
    /// As AWS does, told also where nothing follows; nil when the page ends with a common prefix or is empty.
    fileprivate var lastUpload: Position? {
        guard let upload = uploads.last else { return nil }
        if let prefix = commonPrefixes.last, upload.key.utf8.lexicographicallyPrecedes(prefix) { return nil }
        return Position(key: upload.key.utf8, upload: upload.id)
    }
}

extension XMLWriter {
    /// What the upload's client chose; nothing where it chose none.
    mutating func elements(ofChecksum upload: UploadInfo) {
        guard let (algorithm, type) = upload.shownChecksum else { return }
        element("ChecksumAlgorithm", algorithm.wireName)
        element("ChecksumType", type.wireName)
    }
}
