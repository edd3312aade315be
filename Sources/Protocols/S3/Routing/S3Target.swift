import Bytes
import Model

/// Which bucket and key a request names: virtual-host style when the host says so, else path style.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
package struct S3Target: Sendable, Equatable {
    /// As named, not yet checked against the rules for names; nil at the service's level.
    package let bucket: String?
    /// Decoded, valid UTF-8, not yet checked for its length; nil at a bucket's level.
    package let key: [UInt8]?

    package init(bucket: String, key: [UInt8]) {
        self.bucket = bucket
        self.key = key
    }

    package var level: S3Level { bucket == nil ? .service : key == nil ? .bucket : .object }

    /// Throws `InvalidURI` for a path that is not percent-encoded UTF-8.
    package init(authority: String, rawPath: String, baseDomains: [String]) throws(S3Error) {
        let path = rawPath.utf8.dropFirst()
        if let bucket = Self.virtualHostBucket(authority, baseDomains) {
            self.bucket = bucket
            self.key = try Self.decodeKey(path, rawPath)
            return
        }
        guard !path.isEmpty else {
            bucket = nil
            key = nil
            return
        }
        let slash = path.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        guard let name = PercentEncoding.decode(Substring(path[..<slash])), let bucket = String(validating: name, as: UTF8.self) else {
            throw .invalidURI(rawPath)
        }
        self.bucket = bucket
        self.key = slash == path.endIndex ? nil : try Self.decodeKey(path[path.index(after: slash)...], rawPath)
    }

    private static func decodeKey(_ raw: Substring.UTF8View, _ rawPath: String) throws(S3Error) -> [UInt8]? {
        if raw.isEmpty { return nil }
        var key = Array(raw)
        if key.contains(UInt8(ascii: "%")) {
            guard let decoded = PercentEncoding.decode(Substring(raw)) else { throw .invalidURI(rawPath) }
            key = decoded
        }
        let isASCII = key.allSatisfy { $0 < 0x80 }
        guard isASCII || String(validating: key, as: UTF8.self) != nil, !climbsAboveRoot(key) else { throw .invalidURI(rawPath) }
        return key
    }

    /// AWS refuses keys in which, read from the left, `..` elements ever outnumber the others.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    private static func climbsAboveRoot(_ key: [UInt8]) -> Bool {
        let dot = UInt8(ascii: ".")
        guard key.count >= 2, key.contains(dot) else { return false }
        var depth = 0
        for element in key.split(separator: UInt8(ascii: "/")) {
            depth += element.elementsEqual([dot, dot]) ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    /// The longest base domain that the host ends with decides; a host that is none of them, or an address, is path style.
    static func virtualHostBucket(_ authority: String, _ baseDomains: [String]) -> String? {
        let host = hostName(authority)
        var shortest: Substring?
        if baseDomains.contains(where: { $0.utf8.count == host.count && same(host, $0) }) { return nil }
        for domain in baseDomains where host.count > domain.utf8.count + 1 && ends(host, with: domain) {
            let bucket = host.dropLast(domain.utf8.count + 1)
            if shortest.map({ bucket.count < $0.utf8.count }) ?? true { shortest = Substring(bucket) }
        }
        return shortest.map { $0.lowercased() }
    }

    /// Without the port; an IPv6 address in brackets stays one.
    private static func hostName(_ authority: String) -> Substring.UTF8View {
        let bytes = authority.utf8
        if bytes.first == UInt8(ascii: "[") { return bytes[...] }
        return bytes[..<(bytes.lastIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex)]
    }

    private static func ends(_ host: Substring.UTF8View, with domain: String) -> Bool {
        let tail = host.suffix(domain.utf8.count + 1)
        guard tail.first == UInt8(ascii: ".") else { return false }
        return same(tail.dropFirst(), domain)
    }

    /// Equal but for the case of ASCII letters; `domain` is in lower case.
    private static func same(_ host: Substring.UTF8View, _ domain: String) -> Bool {
        host.elementsEqual(domain.utf8) { ($0 | lowerBit($0)) == $1 }
    }

    /// The bit that makes an ASCII letter lower case; 0 for every other byte.
    private static func lowerBit(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? 0x20 : 0
    }
}
