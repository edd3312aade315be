import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import Objects
import StoragePorts

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
enum UploadPartCopy {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        try await call.authorise(PutObject.action, bucket, key)
        let number = try PartNumber.required(call)
        let id = try UploadIDParameter.required(call)
        let source = try await CopySourceHeader.source(call)
        let range = try call.headers[.amzCopySourceRange].map { (text) throws(S3Error) in try CopySourceRange.parse(text) }
        var request = PartCopyRequest(
            source: source, range: range, bucket: bucket, key: key, upload: id, number: number, context: call.change)
        request.sourceKey = try EncryptionHeaders.sourceKey(call)
        request.customerKey = try EncryptionHeaders.customerKey(call)
        let copied = try await CopySourceHeader.refusingMarkers { [request] in try await call.objects.copyPart(request) }
        var headers = HTTPFields()
        headers.add(copiedFrom: copied.value.source)
        EncryptionHeaders.add(copied.value.part.encryption, call, to: &headers)
        headers.addPosition(copied.lsn)
        var xml = XMLWriter()
        xml.open("CopyPartResult", xmlns: S3Reply.namespace)
        xml.time("LastModified", copied.value.part.lastModified)
        xml.element("ETag", copied.value.part.etag.quoted)
        if copied.value.part.isChecksumChosen { xml.element(copied.value.part.checksum) }
        xml.close("CopyPartResult")
        return S3Reply.xml(xml.finish(), headers: headers)
    }
}
