import Bytes
import Doors
import HTTPTypes
import Model
import Objects

/// `If-Match` and its kin, decoded into what the domain checks.
enum ConditionHeaders {
    /// A list of entity tags, quoted or not, or `*`. Weak tags never match.
    static func tags(_ text: String) -> ETagMatch {
        let items = text.split(separator: ",").map { $0.trimmed }
        if items.contains("*") { return .any }
        return .oneOf(items.map { ETag(String($0)) })
    }

    /// An `If-Modified-Since` or its kin. A date that cannot be read counts as absent, and so does one in the future (RFC 9110, section
    /// 13.1.3; AWS does both).
    private static func modifiedSince(_ text: String?, _ call: S3Call) -> Timestamp? {
        text.flatMap(HTTPDate.parse).flatMap { $0 > call.request.arrival ? nil : $0 }
    }

    /// The conditions of a GET or HEAD.
    static func read(_ call: S3Call) -> ReadConditions {
        guard call.groups.contains(.conditions) else { return .none }
        return ReadConditions(
            ifMatch: call.headers[.ifMatch].map(tags), ifNoneMatch: call.headers[.ifNoneMatch].map(tags),
            ifModifiedSince: modifiedSince(call.headers[.ifModifiedSince], call),
            ifUnmodifiedSince: call.headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse))
    }

    /// The conditions that a copy puts on its source.
    static func copySource(_ call: S3Call) -> ReadConditions {
        ReadConditions(
            ifMatch: call.headers[.amzCopySourceIfMatch].map(tags), ifNoneMatch: call.headers[.amzCopySourceIfNoneMatch].map(tags),
            ifModifiedSince: modifiedSince(call.headers[.amzCopySourceIfModifiedSince], call),
            ifUnmodifiedSince: call.headers[.amzCopySourceIfUnmodifiedSince].flatMap(HTTPDate.parse))
    }

    /// The conditions of a write: `If-None-Match: *` and `If-Match` with one tag. Throws `NotImplemented` for all else, as AWS does; Ceph
    /// has both headers with tags and with `*`.
    static func write(_ call: S3Call) throws(S3Error) -> WriteCondition {
        guard call.groups.contains(.conditions) else { return .none }
        if call.headers.contains(.ifModifiedSince) { throw .notImplemented(header: "If-Modified-Since") }
        if call.headers.contains(.ifUnmodifiedSince) { throw .notImplemented(header: "If-Unmodified-Since") }
        let ifNoneMatch = call.headers[.ifNoneMatch].map(tags)
        let ifMatch = call.headers[.ifMatch].map(tags)
        if call.door.configuration.dialect == .ceph { return WriteCondition(ifMatch: ifMatch, ifNoneMatch: ifNoneMatch) }
        if ifMatch != nil && ifNoneMatch != nil { throw .unsupportedCondition("If-Match,If-None-Match") }
        if let ifNoneMatch, ifNoneMatch != .any { throw .unsupportedCondition("If-None-Match") }
        if ifMatch == .any { throw .unsupportedCondition("If-Match") }
        return WriteCondition(ifMatch: ifMatch, ifNoneMatch: ifNoneMatch)
    }

    /// The conditions of a deletion. AWS's ordinary buckets have `If-Match`, and only of a key's current object; Ceph judges named versions
    /// too, and size and time as AWS's directory buckets do. Throws `NotImplemented` for the others, `InvalidArgument` for malformed ones.
    static func delete(_ call: S3Call, version: VersionID?) throws(S3Error) -> DeleteCondition {
        if call.door.configuration.dialect == .aws { try checkAcceptance(ofDelete: call, version) }
        var condition = DeleteCondition.none
        if call.groups.contains(.conditions) {
            if call.headers.contains(.ifNoneMatch) { throw .notImplemented(header: "If-None-Match") }
            condition.ifMatch = call.headers[.ifMatch].map(tags)
        }
        if let text = call.headers[.amzIfMatchSize] { condition.size = try size(text, "x-amz-if-match-size") }
        if let text = call.headers[.amzIfMatchLastModifiedTime] {
            condition.lastModified = try time(text, "x-amz-if-match-last-modified-time")
        }
        return condition
    }

    private static func checkAcceptance(ofDelete call: S3Call, _ version: VersionID?) throws(S3Error) {
        for header in [HTTPField.Name.amzIfMatchLastModifiedTime, .amzIfMatchSize] where call.headers.contains(header) {
            throw .notImplemented(header: header.canonicalName)
        }
        if version != nil, call.groups.contains(.conditions), call.headers.contains(.ifMatch) { throw .notImplemented(header: "If-Match") }
    }

    static func size(_ text: String, _ header: String) throws(S3Error) -> Int64 {
        guard let size = Int64(text), size >= 0 else { throw .invalidArgument("Invalid size", name: header, value: text) }
        return size
    }

    /// An HTTP date or ISO 8601.
    static func time(_ text: String, _ header: String) throws(S3Error) -> Timestamp {
        guard let time = HTTPDate.parse(text) ?? ISO8601.parse(text) else {
            throw .invalidArgument("Invalid date", name: header, value: text)
        }
        return time
    }
}
