import AWSWire
import Bytes
import HTTPTypes
import Model
import Objects

/// The headers that describe an object in answers to GET and HEAD.
enum ObjectHeaders {
    static let defaultContentType = "binary/octet-stream"

    /// `overrides` are the `response-*` parameters of a signed request, which came at `time`.
    static func fields(_ info: ObjectInfo, overrides: ResponseOverrides, at time: Timestamp) -> HTTPFields {
        var fields = HTTPFields()
        validators(info, into: &fields)
        let headers = info.attributes.headers
        fields.add(.contentType, overrides.contentType ?? headers.contentType ?? defaultContentType)
        fields.add(.contentEncoding, overrides.contentEncoding ?? headers.contentEncoding)
        fields.add(.contentDisposition, overrides.contentDisposition ?? headers.contentDisposition)
        fields.add(.contentLanguage, overrides.contentLanguage ?? headers.contentLanguage)
        fields.add(.cacheControl, overrides.cacheControl ?? headers.cacheControl)
        fields.add(.expires, overrides.expires ?? headers.expires)
        if info.attributes.storageClass != .standard { fields.add(.amzStorageClass, info.attributes.storageClass.wireName) }
        if let until = info.restoredUntil, until > time {
            fields.add(.amzRestore, "ongoing-request=\"false\", expiry-date=\"\(HTTPDate.format(until))\"")
        }
        fields.add(.amzWebsiteRedirectLocation, info.attributes.websiteRedirect)
        fields.add(info.expiration)
        if info.lock != .none { LockHeaders.write(info.lock, to: &fields) }
        for pair in info.attributes.metadata {
            guard let name = HTTPField.Name(AttributeHeaders.metadataPrefix + pair.name) else { continue }
            // A value from a form may end in a tab, which the strict form would lose.
            fields.append(HTTPField(name: name, lenientValue: MetadataText.encode(pair.value).utf8))
        }
        return fields
    }

    /// What a 304 carries too.
    static func notModified(_ info: ObjectInfo) -> HTTPFields {
        var fields = HTTPFields()
        validators(info, into: &fields)
        fields.add(.cacheControl, info.attributes.headers.cacheControl)
        fields.add(.expires, info.attributes.headers.expires)
        return fields
    }

    private static func validators(_ info: ObjectInfo, into fields: inout HTTPFields) {
        fields.add(.lastModified, HTTPDate.format(info.lastModified))
        fields.add(.eTag, info.etag.quoted)
        fields.add(.acceptRanges, "bytes")
        fields.add(info.version)
    }
}

extension HTTPFields {
    /// `x-amz-expiration`.
    mutating func add(_ expiration: ObjectExpiration?) {
        guard let expiration else { return }
        let ruleID = PercentEncoding.encode(Array(expiration.ruleID.utf8), keepingSlash: false)
        add(.amzExpiration, "expiry-date=\"\(HTTPDate.format(expiration.date))\", rule-id=\"\(ruleID)\"")
    }
}

/// Headers that a signed GET or HEAD asks for in place of the object's own.
struct ResponseOverrides: Sendable {
    var contentType: String?
    var contentEncoding: String?
    var contentDisposition: String?
    var contentLanguage: String?
    var cacheControl: String?
    var expires: String?

    var isAny: Bool {
        contentType != nil || contentEncoding != nil || contentDisposition != nil || contentLanguage != nil || cacheControl != nil
            || expires != nil
    }

    /// Throws `InvalidArgument` for what no header can hold.
    init(_ call: S3Call) throws(S3Error) {
        guard !call.query.isEmpty else { return }
        cacheControl = try Self.value("response-cache-control", call)
        contentDisposition = try Self.value("response-content-disposition", call)
        contentEncoding = try Self.value("response-content-encoding", call)
        contentLanguage = try Self.value("response-content-language", call)
        contentType = try Self.value("response-content-type", call)
        expires = try Self.value("response-expires", call)
    }

    private static func value(_ name: StaticString, _ call: S3Call) throws(S3Error) -> String? {
        guard let text = call.query.value(name) else { return nil }
        guard text.unicodeScalars.allSatisfy({ $0.value <= 0xFF }) else {
            throw .invalidArgument("Header value cannot be represented using ISO-8859-1.", name: name.description, value: text)
        }
        return text
    }
}
