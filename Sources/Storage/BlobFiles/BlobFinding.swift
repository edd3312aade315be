/// Something wrong with stored payloads, named exactly: for reports and logs, not for clients.
package struct BlobFinding: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// A record names bytes that are not there.
        case missing
        /// Bytes differ from their checksum or structure.
        case damaged
        /// A file or entry that no record names and that the sweep has not reclaimed yet. Harmless.
        case orphaned
    }

    package let kind: Kind
    package let file: String
    /// Bytes of the file that are concerned.
    package let offset: UInt64
    package let length: UInt64
    package let reason: String

    package init(_ kind: Kind, file: String, offset: UInt64, length: UInt64, reason: String) {
        self.kind = kind
        self.file = file
        self.offset = offset
        self.length = length
        self.reason = reason
    }

    package var description: String { "\(file), \(length) bytes at \(offset): \(kind): \(reason)" }
}
