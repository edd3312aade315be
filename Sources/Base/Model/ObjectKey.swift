/// The key of an object: 1 to 1,024 bytes of valid UTF-8, compared byte by byte.
///
/// Held as bytes because Swift's `String` calls two texts equal that Unicode calls equivalent ("é" in one or two
/// code points), and S3 keeps them apart. It is never a path on the host.
package struct ObjectKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// AWS's limit. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    package static let bytesMax = 1024

    package let utf8: [UInt8]

    /// Nil when empty, longer than `bytesMax`, or not UTF-8.
    package init?(_ utf8: [UInt8]) {
        guard !utf8.isEmpty, utf8.count <= Self.bytesMax, String(validating: utf8, as: UTF8.self) != nil else { return nil }
        self.utf8 = utf8
    }

    package init?(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// For keys read back from storage, which were valid when they were written.
    package init(stored utf8: [UInt8]) {
        self.utf8 = utf8
    }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package var description: String { string }

    package static func < (a: ObjectKey, b: ObjectKey) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
