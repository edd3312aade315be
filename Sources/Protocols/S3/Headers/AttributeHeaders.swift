import HTTPTypes
import Model
import Objects

/// The headers that a client gives an object to keep.
enum AttributeHeaders {
    static let metadataPrefix = "x-amz-meta-"

    /// Throws `MetadataTooLarge`, `InvalidStorageClass`, `InvalidRedirectLocation`, and what
    /// `TagHeaders.tags` throws.
    static func decode(_ call: S3Call) throws(S3Error) -> ObjectAttributes {
        ObjectAttributes(
            headers: content(call.headers), metadata: try metadata(call), storageClass: try storageClass(call) ?? .standard,
            websiteRedirect: try websiteRedirect(call), tags: try TagHeaders.tags(call))
    }

    private static func content(_ headers: HTTPFields) -> ContentHeaders {
        ContentHeaders(
            contentType: headers[.contentType].flatMap { $0.isEmpty ? nil : $0 },
            contentEncoding: headers[.contentEncoding].flatMap(withoutChunked), contentDisposition: headers[.contentDisposition],
            contentLanguage: headers[.contentLanguage], cacheControl: headers[.cacheControl], expires: headers[.expires])
    }

    /// `aws-chunked` describes the transfer and is not kept.
    private static func withoutChunked(_ text: String) -> String? {
        if !text.contains("aws-chunked") { return text }
        let rest = text.split(separator: ",").map { $0.trimmed }.filter { $0 != "aws-chunked" && !$0.isEmpty }
        return rest.isEmpty ? nil : rest.joined(separator: ",")
    }

    private static func metadata(_ call: S3Call) throws(S3Error) -> [UserMetadata] {
        guard call.groups.contains(.metadata) else { return [] }
        var pairs: [UserMetadata] = []
        for field in call.headers where field.name.canonicalName.hasPrefix(metadataPrefix) {
            let name = String(field.name.canonicalName.dropFirst(metadataPrefix.count))
            let text = field.withUnsafeBytesOfValue { MetadataText.decode($0) }
            let value = call.operation == .postObject ? text : EncodedWords.decode(text)
            if let index = pairs.firstIndex(where: { $0.name == name }) {
                pairs[index] = UserMetadata(name: name, value: "\(pairs[index].value),\(value)")
            } else {
                pairs.append(UserMetadata(name: name, value: value))
            }
        }
        return try checked(pairs)
    }

    /// Throws `MetadataTooLarge`.
    static func checked(_ pairs: [UserMetadata]) throws(S3Error) -> [UserMetadata] {
        let size = pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard size <= S3Limits.metadataBytesMax else { throw .metadataTooLarge(size, max: S3Limits.metadataBytesMax) }
        return pairs
    }

    /// Nil when the request names none.
    static func storageClass(_ call: S3Call) throws(S3Error) -> StorageClass? {
        guard let text = call.headers[.amzStorageClass] else { return nil }
        guard let storageClass = StorageClass(wireName: text) else { throw .invalidStorageClass(text) }
        switch storageClass {
        case .standard, .reducedRedundancy, .standardIA, .onezoneIA, .intelligentTiering, .glacierIR, .glacier, .deepArchive:
            return storageClass
        case .outposts, .snow, .expressOnezone, .fsxOpenZFS: throw .invalidStorageClass(text)
        }
    }

    static func websiteRedirect(_ call: S3Call) throws(S3Error) -> String? {
        guard let location = call.headers[.amzWebsiteRedirectLocation] else { return nil }
        guard location.hasPrefix("/") || location.hasPrefix("http://") || location.hasPrefix("https://") else {
            throw S3Error(
                .badRequest, "InvalidRedirectLocation",
                "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
        }
        return location
    }
}
