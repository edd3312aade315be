import AWSWire
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
enum ListObjectVersions {
    static let action = Action.s3("ListBucketVersions")

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(action, bucket)
        let parameters = try ListParameters(call, countName: "max-keys")
        try await ListParameters.reserve(call, entries: parameters.countMax)
        let marker = Array((call.query.value("key-marker") ?? "").utf8)
        let versionMarker = call.query.value("version-id-marker") ?? ""
        let query = VersionListQuery(
            keys: parameters.query(after: marker.isEmpty ? nil : marker), afterVersion: try version(versionMarker, keyMarker: marker))
        let page = try await call.objects.listVersions(bucket, query)
        return S3Reply.xml(encode(page, parameters, marker, versionMarker))
    }

    /// Throws `InvalidArgument`.
    private static func version(_ text: String, keyMarker: [UInt8]) throws(S3Error) -> VersionID? {
        if text.isEmpty { return nil }
        guard !keyMarker.isEmpty else {
            throw .invalidArgument(
                "A version-id marker cannot be specified without a key marker.", name: "version-id-marker", value: text)
        }
        guard let version = VersionID(text) else {
            throw .invalidArgument("Invalid version id specified", name: "version-id-marker", value: text)
        }
        return version
    }

    private static func encode(
        _ page: VersionPage, _ parameters: ListParameters, _ marker: [UInt8], _ versionMarker: String
    ) -> ByteBuffer {
        let text = parameters.text
        var xml = XMLWriter()
        xml.open("ListVersionsResult", xmlns: S3Reply.namespace)
        xml.element("Name", page.bucket.name.rawValue)
        text.write("Prefix", parameters.prefix, to: &xml)
        text.write("KeyMarker", marker, to: &xml)
        xml.element("VersionIdMarker", versionMarker)
        if let next = page.next {
            text.write("NextKeyMarker", next.key, to: &xml)
            if let version = next.version { xml.element("NextVersionIdMarker", version.description) }
        }
        xml.element("MaxKeys", parameters.countMax)
        if !parameters.delimiter.isEmpty { text.write("Delimiter", parameters.delimiter, to: &xml) }
        text.writeEncodingType(to: &xml)
        xml.element("IsTruncated", page.isTruncated)
        var time = ListTime()
        for entry in page.entries { write(entry, owner: page.bucket.owner, text, &time, to: &xml) }
        text.writeCommonPrefixes(page.commonPrefixes, to: &xml)
        xml.close("ListVersionsResult")
        return xml.finish()
    }

    private static func write(
        _ entry: VersionEntry, owner: Owner, _ text: ListText, _ time: inout ListTime, to xml: inout XMLWriter
    ) {
        let element: StaticString = entry.isDeleteMarker ? "DeleteMarker" : "Version"
        xml.open(element)
        text.write("Key", entry.key.utf8, to: &xml)
        xml.element("VersionId", entry.version.description)
        xml.element("IsLatest", entry.isLatest)
        xml.element("LastModified", time.format(entry.object.lastModified))
        if !entry.isDeleteMarker {
            xml.element("ETag", entry.object.etag.quoted)
            if let algorithm = entry.object.checksumAlgorithm { xml.element("ChecksumAlgorithm", algorithm.wireName) }
            if let type = entry.object.checksumType { xml.element("ChecksumType", type.wireName) }
            xml.element("Size", entry.object.size)
            xml.element("StorageClass", entry.object.storageClass.wireName)
        }
        text.write(entry.owner ?? owner, to: &xml)
        xml.close(element)
    }
}
