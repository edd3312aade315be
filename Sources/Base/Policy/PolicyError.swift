/// Why a policy's text is refused. `message` is what AWS's `MalformedPolicy` error says; it is meant for clients.
package enum PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Longer than `PolicyRules.textBytesMax`.
    case tooLarge(bytesMax: Int)
    case firstByteIsNotBrace
    case invalidJSON
    case invalidVersion
    case unknownField(String)
    case missingField(String)
    case duplicateSid(String)
    case invalidSid(String)
    case invalidEffect(String)
    case invalidPrincipal
    case allowWithNotPrincipal
    case principalInIdentityPolicy
    case invalidAction
    case invalidResource
    case actionWithoutResource
    case conditionsDoNotApply
    case invalidConditionType(String)
    case invalidConditionKey
    case invalidConditionValue(String)
    /// An element that has the wrong JSON type, or both of two that exclude each other.
    case syntax(String)

    package var message: String { String(describing: self) }
    package var description: String { "" }
}
