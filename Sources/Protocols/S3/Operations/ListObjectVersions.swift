import AWSWire
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
///
/// In a bucket without versions each object is its own latest version, `null`.
enum ListObjectVersions {
    static let action = Action.s3("ListBucketVersions")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let parameters = try ListParameters(call, countName: "max-keys")
        let marker = Array((call.query.value("key-marker") ?? "").utf8)
        let versionMarker = call.query.value("version-id-marker") ?? ""
        if !versionMarker.isEmpty {
            guard !marker.isEmpty else {
                throw S3Error.invalidArgument(
                    "A version-id marker cannot be specified without a key marker.", name: "version-id-marker", value: versionMarker)
            }
            try VersionID.check(versionMarker, key: String(decoding: marker, as: UTF8.self))
        }
        let page = try await call.objects.list(bucket, parameters.query(after: marker.isEmpty ? nil : marker))
        return S3Reply.xml(encode(page, parameters, marker, versionMarker))
    }

    private static func encode(_ page: ListPage, _ parameters: ListParameters, _ marker: [UInt8], _ versionMarker: String) -> ByteBuffer {
        let text = parameters.text
        var xml = XMLWriter()
        xml.open("ListVersionsResult", xmlns: S3Reply.namespace)
        xml.element("Name", page.bucket.name.rawValue)
        text.write("Prefix", parameters.prefix, to: &xml)
        text.write("KeyMarker", marker, to: &xml)
        xml.element("VersionIdMarker", versionMarker)
        if let next = page.next {
            text.write("NextKeyMarker", next, to: &xml)
            if page.entries.last?.key.utf8 == next { xml.element("NextVersionIdMarker", VersionID.null) }
        }
        xml.element("MaxKeys", parameters.countMax)
        if !parameters.delimiter.isEmpty { text.write("Delimiter", parameters.delimiter, to: &xml) }
        text.writeEncodingType(to: &xml)
        xml.element("IsTruncated", page.isTruncated)
        var time = ListTime()
        for entry in page.entries {
            xml.open("Version")
            text.write("Key", entry.key.utf8, to: &xml)
            xml.element("VersionId", VersionID.null)
            xml.element("IsLatest", "true")
            xml.element("LastModified", time.format(entry.lastModified))
            xml.element("ETag", entry.etag.quoted)
            if let algorithm = entry.checksumAlgorithm { xml.element("ChecksumAlgorithm", algorithm.wireName) }
            if let type = entry.checksumType { xml.element("ChecksumType", type.wireName) }
            xml.element("Size", entry.size)
            xml.owner("Owner", page.bucket.owner)
            xml.element("StorageClass", entry.storageClass.wireName)
            xml.close("Version")
        }
        text.writeCommonPrefixes(page.commonPrefixes, to: &xml)
        xml.close("ListVersionsResult")
        return xml.finish()
    }
}
