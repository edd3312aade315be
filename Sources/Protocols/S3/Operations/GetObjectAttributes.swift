import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
enum GetObjectAttributes {
    static let action = Action.s3("GetObjectAttributes")
    static let versionAction = Action.s3("GetObjectVersionAttributes")

    private enum Attribute: String {
        case etag = "ETag"
        case checksum = "Checksum"
        case objectParts = "ObjectParts"
        case storageClass = "StorageClass"
        case objectSize = "ObjectSize"
    }

    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let (bucket, key) = try call.object()
        let choice = try VersionParameter.choice(call)
        try await call.authorise(choice == .current ? action : versionAction, bucket, key)
        let wanted = try attributes(call)
        let marker = try ListParameters.checked(call.headers[.amzPartNumberMarker], "x-amz-part-number-marker") ?? 0
        let countMax = min(
            try ListParameters.checked(call.headers[.amzMaxParts], "x-amz-max-parts") ?? ObjectsLimits.pageMax, ObjectsLimits.pageMax)
        let customerKey = try EncryptionHeaders.customerKey(ofRead: call)
        let object = try await call.objects.lookup(bucket, key, choice)
        try object.check(customerKey)
        var headers = HTTPFields()
        headers.add(.lastModified, HTTPDate.format(object.info.lastModified))
        headers.add(object.info.version)
        let dialect = call.door.configuration.dialect
        return S3Reply.xml(encode(object, wanted, dialect, marker: marker, countMax: countMax), headers: headers)
    }

    /// Throws `InvalidRequest` for none, `InvalidArgument` for one that S3 has not.
    private static func attributes(_ call: S3Call) throws(S3Error) -> Set<Attribute> {
        let names = (call.headers[.amzObjectAttributes] ?? "").split(separator: ",").map { $0.trimmed }
        guard !names.isEmpty else {
            throw .invalidRequest(
                "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
        }
        var wanted: Set<Attribute> = []
        for name in names {
            guard let attribute = Attribute(rawValue: String(name)) else {
                throw .invalidArgument("Invalid attribute name specified.", name: "x-amz-object-attributes", value: String(name))
            }
            wanted.insert(attribute)
        }
        return wanted
    }

    private static func encode(
        _ object: StoredObject, _ wanted: Set<Attribute>, _ dialect: S3Dialect, marker: Int, countMax: Int
    ) -> ByteBuffer {
        let info = object.info
        var xml = XMLWriter()
        xml.open("GetObjectAttributesResponse", xmlns: S3Reply.namespace)
        if wanted.contains(.etag) { xml.element("ETag", info.etag.text) }
        if wanted.contains(.checksum), let checksum = info.checksum {
            xml.open("Checksum")
            switch dialect {
            case .aws:
                // Here a composite one has no number of parts behind it.
                xml.element(checksum.checksum)
                xml.element("ChecksumType", checksum.type.wireName)
            case .ceph: xml.element(checksum)
            }
            xml.close("Checksum")
        }
        if wanted.contains(.objectParts), info.partCount > 0 {
            writeParts(object, listed: dialect == .ceph || info.checksum?.type == .composite, marker: marker, countMax: countMax, to: &xml)
        }
        if wanted.contains(.storageClass) { xml.element("StorageClass", info.attributes.storageClass.wireName) }
        if wanted.contains(.objectSize) { xml.element("ObjectSize", info.size) }
        xml.close("GetObjectAttributesResponse")
        return xml.finish()
    }

    /// AWS lists the parts themselves only where the object's checksum is one of theirs, Ceph always.
    private static func writeParts(_ object: StoredObject, listed: Bool, marker: Int, countMax: Int, to xml: inout XMLWriter) {
        xml.open("ObjectParts")
        if listed {
            let first = min(marker, object.parts.count)
            let last = min(first + countMax, object.parts.count)
            xml.element("IsTruncated", last < object.parts.count)
            xml.element("MaxParts", countMax)
            xml.element("NextPartNumberMarker", last > first ? last : 0)
            xml.element("PartNumberMarker", marker)
            for index in first..<last {
                xml.open("Part")
                xml.element("PartNumber", index + 1)
                xml.element("Size", object.parts[index].size)
                xml.element(object.parts[index].checksum)
                xml.close("Part")
            }
        }
        xml.element("PartsCount", object.info.partCount)
        xml.close("ObjectParts")
    }

}
