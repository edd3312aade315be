import Bytes
import Model
import Objects

/// `x-amz-copy-source`: `[/]bucket/key[?versionId=id]`, bucket and key percent-encoded as in a form, where `+` is a space. AWS also takes the
/// URL of an object, `https://HOST/bucket/key`.
package struct CopySourceHeader: Sendable, Equatable {
    package let bucket: BucketName
    package let key: ObjectKey
    /// Nil: the current one.
    package let version: VersionID?

    static let headerName = "x-amz-copy-source"

    /// `hosts` are this server's, whose URLs count. Throws `InvalidArgument`, `InvalidBucketName`, `KeyTooLongError`, or `NotImplemented` for
    /// access points.
    package init(_ text: String, hosts: [String] = []) throws(S3Error) {
        var raw = Self.path(text, hosts)
        if raw.hasPrefix("arn:") || raw.hasPrefix("/arn:") { throw .notImplemented(header: Self.headerName) }
        if raw.hasPrefix("/") { raw = raw.dropFirst() }
        let path: Substring
        (path, version) = try Self.splitVersion(raw)
        guard let decoded = PercentEncoding.decode(path, plusIsSpace: true), String(validating: decoded, as: UTF8.self) != nil else {
            throw Self.invalid("Invalid copy source encoding", text)
        }
        guard let slash = decoded.firstIndex(of: UInt8(ascii: "/")), slash > 0, slash + 1 < decoded.count else {
            throw Self.invalid("Invalid copy source object key", Self.headerName)
        }
        let bucketText = String(decoding: decoded[..<slash], as: UTF8.self)
        guard let bucket = BucketName(bucketText) else { throw .invalidBucketName(bucketText) }
        let keyBytes = Array(decoded[(slash + 1)...])
        guard let key = ObjectKey(keyBytes) else { throw .keyTooLong(keyBytes.count, max: ObjectKey.bytesMax) }
        self.bucket = bucket
        self.key = key
    }

    /// What follows the host in a URL of one of them; all else as it is.
    private static func path(_ text: String, _ hosts: [String]) -> Substring {
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            let host = rest.prefix { $0 != "/" }
            if hosts.contains(where: { $0.lowercased() == host.lowercased() }) { return rest.dropFirst(host.count) }
        }
        return Substring(text)
    }

    private static func splitVersion(_ raw: Substring) throws(S3Error) -> (path: Substring, version: VersionID?) {
        guard let mark = raw.range(ofText: "?versionId=") else { return (raw, nil) }
        return (raw[..<mark.lowerBound], try VersionParameter.decode(String(raw[mark.upperBound...])))
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
