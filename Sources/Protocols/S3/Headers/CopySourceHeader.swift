import Bytes
import Model

/// `x-amz-copy-source`: `[/]bucket/key[?versionId=id]`, bucket and key percent-encoded.
package struct CopySourceHeader: Sendable, Equatable {
    package let bucket: BucketName
    package let key: ObjectKey

    static let headerName = "x-amz-copy-source"

    /// Throws `InvalidArgument`, `InvalidBucketName`, `KeyTooLongError`, `NoSuchVersion`, or `NotImplemented` for access points.
    package init(_ text: String) throws(S3Error) {
        var raw = Substring(text)
        if raw.hasPrefix("arn:") || raw.hasPrefix("/arn:") { throw .notImplemented(header: Self.headerName) }
        if raw.hasPrefix("/") { raw = raw.dropFirst() }
        let path = try Self.withoutVersion(raw, whole: text)
        guard let decoded = PercentEncoding.decode(path), String(validating: decoded, as: UTF8.self) != nil else {
            throw Self.invalid("Invalid copy source encoding", text)
        }
        guard let slash = decoded.firstIndex(of: UInt8(ascii: "/")), slash > 0, slash + 1 < decoded.count else {
            throw Self.invalid("Invalid copy source object key", text)
        }
        let bucketText = String(decoding: decoded[..<slash], as: UTF8.self)
        guard let bucket = BucketName(bucketText) else { throw .invalidBucketName(bucketText) }
        let keyBytes = Array(decoded[(slash + 1)...])
        guard let key = ObjectKey(keyBytes) else { throw .keyTooLong(keyBytes.count, max: ObjectKey.bytesMax) }
        self.bucket = bucket
        self.key = key
    }

    /// Takes `?versionId=null` off: the current object is its own null version.
    private static func withoutVersion(_ raw: Substring, whole: String) throws(S3Error) -> Substring {
        guard let mark = raw.range(ofText: "?versionId=") else { return raw }
        try VersionID.check(String(raw[mark.upperBound...]), key: String(raw[..<mark.lowerBound]))
        return raw[..<mark.lowerBound]
    }

    private static func invalid(_ message: String, _ value: String) -> S3Error {
        .invalidArgument(message, name: headerName, value: value)
    }
}

extension Substring {
    /// The last place where `text` stands, byte by byte.
    fileprivate func range(ofText text: String) -> Range<Index>? {
        var start = utf8.endIndex
        while true {
            let rest = utf8[start...]
            if rest.starts(with: text.utf8) { return start..<utf8.index(start, offsetBy: text.utf8.count) }
            if start == utf8.startIndex { return nil }
            start = utf8.index(before: start)
        }
    }
}

/// Versions as an unversioned store sees them: the current object is the version `null`, and there is no other.
package enum VersionID {
    package static let null = "null"
    private static let length = 32

    /// Throws `InvalidArgument` for what cannot be a version id, `NoSuchVersion` for what could be one.
    package static func check(_ text: String, key: String) throws(S3Error) {
        if text == null { return }
        if text.isEmpty { throw .invalidArgument("Version id cannot be the empty string", name: "versionId", value: text) }
        guard text.utf8.count == length, text.utf8.allSatisfy(isIDByte) else {
            throw .invalidArgument("Invalid version id specified", name: "versionId", value: text)
        }
        throw .noSuchVersion(key, text)
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
