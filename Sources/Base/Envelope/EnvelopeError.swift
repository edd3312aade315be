/// Why something wrapped or sealed cannot be opened. No text tells of keys or of what was sealed.
package enum EnvelopeError: Error, Sendable, Equatable {
    /// Wrapped by a master key that the ring does not hold: give it back to the ring.
    case masterKeyAbsent(MasterKeyID)
    /// The bytes, their context or the key are not those of the sealing.
    case notAuthentic
    /// No version of this server wrote such bytes.
    case malformed
}
