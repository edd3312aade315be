/// A data key from a key service: once in the clear, once wrapped by the service's key. Only the wrapped one is ever stored.
package struct ServedDataKey: Sendable {
    package let key: DataKey
    package let wrapped: [UInt8]
    /// The key that wrapped it, as clients see it: its ARN, or its bare id when AWS would give no key such an id.
    package let shownKey: String

    package init(key: DataKey, wrapped: [UInt8], shownKey: String) {
        self.key = key
        self.wrapped = wrapped
        self.shownKey = shownKey
    }
}

/// What a key service tells of one of its keys.
package struct KeyDescription: Sendable, Hashable {
    package let id: String
    package let arn: String
    package let isEnabled: Bool

    package init(id: String, arn: String, isEnabled: Bool) {
        self.id = id
        self.arn = arn
        self.isEnabled = isEnabled
    }
}

/// Why a name names no key.
package enum MissingKey: Sendable, Equatable {
    /// It has none of the forms of a name; as asked for.
    case invalidID(String)
    /// Keys of another region are not to be had.
    case otherRegion(String)
    /// The ARN that the key would have.
    case key(arn: String)
    /// The ARN that the alias would have.
    case alias(arn: String)
}

package enum KeyServiceError: Error, Sendable, Equatable {
    /// No such key, alias or ARN; AWS's `KMS.NotFoundException`.
    case notFound(MissingKey)
    /// AWS's `KMS.DisabledException`.
    case disabled(String)
    /// The wrapped key was not made with this context; AWS's `KMS.InvalidCiphertextException`.
    case invalidCiphertext
    /// The service cannot be reached or failed; a retry is safe. The text is for the log.
    case unavailable(String)
}

/// Keeps keys that never leave it and wraps data keys with them. Names are a key's id, its ARN, `alias/NAME` or an alias's ARN.
///
/// The context is name-value pairs, bound to the wrapped key: the same pairs must be given to unwrap it.
package protocol KeyService: Sendable {
    /// Throws `.notFound`, `.disabled`, `.unavailable`.
    func generateDataKey(_ name: String, context: [String: String]) async throws(KeyServiceError) -> ServedDataKey
    /// The key in the clear. Throws `.invalidCiphertext`, `.notFound`, `.disabled`, `.unavailable`.
    func decrypt(_ wrapped: [UInt8], context: [String: String]) async throws(KeyServiceError) -> DataKey
    /// Throws `.notFound`, `.unavailable`.
    func describe(_ name: String) async throws(KeyServiceError) -> KeyDescription
}
