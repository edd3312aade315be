import AWSWire
import Doors
import Identity
import Model
import NIOCore
import Objects

/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
enum ListObjectsV2 {
    static func answer(_ call: S3Call) async throws -> DoorResponse {
        let bucket = try call.bucket()
        try await call.authorise(ListObjects.action, bucket)
        let parameters = try ListParameters(call, countName: "max-keys")
        try await ListParameters.reserve(call, entries: parameters.countMax)
        let token = call.query.value("continuation-token")
        if token == "", call.door.configuration.dialect == .aws { throw ContinuationToken.incorrect }
        // A token goes on where its page ended, whatever the list began with.
        let startAfter = token == nil ? call.query.value("start-after") : nil
        let after = try ContinuationToken.decode(token) ?? startAfter.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        let showsOwner = call.query.value("fetch-owner") == "true"
        let page = try await call.objects.list(
            bucket, parameters.query(after: after), asOf: try AsOfHeader.position(call), namingOwners: showsOwner)
        return S3Reply.xml(encode(page, parameters, token, startAfter, showsOwner), headers: ObjectListing.headers(page))
    }

    private static func encode(
        _ page: ListPage, _ parameters: ListParameters, _ token: String?, _ startAfter: String?, _ showsOwner: Bool
    ) -> ByteBuffer {
        let text = parameters.text
        var xml = XMLWriter()
        xml.open("ListBucketResult", xmlns: S3Reply.namespace)
        xml.element("Name", page.bucket.name.rawValue)
        text.write("Prefix", parameters.prefix, to: &xml)
        if let token { xml.element("ContinuationToken", token) }
        if let next = page.next { xml.element("NextContinuationToken", ContinuationToken.encode(next)) }
        if let startAfter { text.write("StartAfter", Array(startAfter.utf8), to: &xml) }
        xml.element("KeyCount", page.entries.count + page.commonPrefixes.count)
        xml.element("MaxKeys", parameters.countMax)
        if !parameters.delimiter.isEmpty { text.write("Delimiter", parameters.delimiter, to: &xml) }
        text.writeEncodingType(to: &xml)
        xml.element("IsTruncated", page.isTruncated)
        ObjectListing.write(page, text, owner: showsOwner ? page.bucket.owner : nil, to: &xml)
        xml.close("ListBucketResult")
        return xml.finish()
    }
}
