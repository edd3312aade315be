/// Why a policy's text is refused.
package enum PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Longer than `PolicyRules.textBytesMax`.
    case tooLarge(bytesMax: Int)
    case firstByteIsNotBrace
    /// No JSON, or a JSON object that has the same name twice.
    case invalidJSON
    case invalidVersion
    case unknownField(String)
    case missingField(String)
    case emptyStatement
    case invalidSid
    case repeatedSid
    case invalidEffect(String)
    case invalidPrincipal
    case allowWithNotPrincipal
    /// An identity policy has a Principal.
    case principalInIdentityPolicy
    case invalidAction
    case invalidResource
    /// None of the statement's resources is of a kind that the action is done to.
    case actionWithoutResource
    /// None of the statement's actions knows a key of its Condition.
    case conditionsDoNotApply
    case invalidConditionType(String)
    case invalidConditionKey
    case invalidConditionValue(type: String, String)
    case invalidAddress
    /// An element that has the wrong JSON type, or two that exclude each other. The name of the (first) element.
    case syntax(String)

    /// What AWS's `MalformedPolicy` says, for clients; where AWS's text is not known one in its manner.
    package var message: String {
        switch self {
        case .tooLarge(let bytesMax): "Policy exceeds the maximum allowed document size of \(bytesMax) bytes."
        case .firstByteIsNotBrace: "Policies must be valid JSON and the first byte must be '{'"
        case .invalidJSON: "This policy contains invalid Json"
        case .invalidVersion: "The policy must contain a valid version string"
        case .unknownField(let name): "Unknown field \(name)"
        case .missingField(let name): "Missing required field \(name)"
        case .emptyStatement: "Could not parse the policy: Statement is empty!"
        case .invalidSid: "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
        case .repeatedSid: "Statement IDs (SID) in a single policy must be unique."
        case .invalidEffect(let text): "Invalid effect: \(text)"
        case .invalidPrincipal: "Invalid principal in policy"
        case .allowWithNotPrincipal: "Allow with NotPrincipal is not allowed."
        case .principalInIdentityPolicy: "Policy document should not specify a principal."
        case .invalidAction: "Policy has invalid action"
        case .invalidResource: "Policy has invalid resource"
        case .actionWithoutResource: "Action does not apply to any resource(s) in statement"
        case .conditionsDoNotApply: "Conditions do not apply to combination of actions and resources in statement"
        case .invalidConditionType(let name): "Invalid Condition type : \(name)"
        case .invalidConditionKey: "Policy has an invalid condition key"
        case .invalidConditionValue(let type, let text): "Invalid \(type) value in Conditions: \(text)"
        case .invalidAddress: "Invalid IP address in Conditions"
        case .syntax(let name): "Invalid policy syntax: \(name)"
        }
    }

    package var description: String { message }
}
