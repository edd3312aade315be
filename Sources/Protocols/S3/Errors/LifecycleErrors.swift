import Bytes
import Objects

/// What is wrong with a lifecycle, in the service's own words as far as they are known from its answers.
extension S3Error {
    init(_ problem: LifecycleProblem) {
        switch problem {
        case .tooManyRules: self = .malformedXML
        case .idTooLong: self = .invalidArgument("ID length should not exceed allowed limit of 255")
        case .repeatedID: self = .invalidArgument("Rule ID must be unique. Found same ID for more than one rule")
        case .noAction: self = .invalidRequest("At least one action needs to be specified in a rule")
        case .prefixAfterFilter:
            self = .invalidRequest("Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.")
        case .filterAfterPrefix: self = .invalidRequest("Filter element can only be used in Lifecycle V2.")
        case .keptWithoutFilter: self = .invalidRequest("NewerNoncurrentVersions element can only be used in Lifecycle V2.")
        case .overlappingPrefixes(let action, let first, let second):
            self = .invalidRequest("Found overlapping prefixes '\(first)' and '\(second)' for same action type '\(action.rawValue)'")
        case .prefixTooLong: self = .invalidArgument("Rule prefix cannot be longer than maximum allowed key length of 1024")
        case .daysNotPositive(let action):
            self = .invalidArgument("'\(action.daysElement)' for \(action.rawValue) action must be a positive integer")
        case .daysNegative(let action): self = .invalidArgument("'\(action.daysElement)' in \(action.rawValue) action must be nonnegative")
        case .dateNotMidnight(let date):
            self = .invalidArgument("'Date' must be at midnight GMT", name: "Date", value: ISO8601.format(date))
        case .keptNotPositive(let action):
            self = .invalidArgument("'NewerNoncurrentVersions' for \(action.rawValue) action must be a positive integer")
        case .markersWithTags: self = .invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
        case .markersWithSize: self = .invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Object Size.")
        case .abortWithTags: self = .invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
        case .abortWithSize: self = .invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
        case .sizeAboveOutOfRange: self = .invalidRequest("'ObjectSizeGreaterThan' should be between 0 and 1099511627776000.")
        case .sizeBelowOutOfRange: self = .invalidRequest("'ObjectSizeLessThan' should be between 1 and 1099511627776000.")
        case .sizesCrossed: self = .invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
        case .repeatedTag: self = .invalidRequest("Duplicate Tag Keys are not allowed.")
        case .transitionTooEarly, .repeatedStorageClass, .mixedMoments, .transitionsOutOfOrder, .expiresBeforeTransition:
            self = .ofTransitions(problem)
        }
    }

    private static func ofTransitions(_ problem: LifecycleProblem) -> S3Error {
        switch problem {
        case .transitionTooEarly(let action, let storageClass, let days):
            return .invalidArgument(
                "'\(action.daysElement)' in \(action.rawValue) action must be greater than or equal to \(days) for storageClass "
                    + "'\(storageClass.wireName)'")
        case .repeatedStorageClass(let action, let filter):
            return .invalidRequest(
                "'StorageClass' must be different for '\(action.rawValue)' actions in same 'Rule' with \(filter.named)")
        case .mixedMoments(let withExpiration, let filter):
            let actions = withExpiration ? "Expiration and Transition" : "Transition"
            return .invalidRequest("Found mixed 'Date' and 'Days' based \(actions) actions in lifecycle rule for \(filter.named)")
        case .transitionsOutOfOrder(let action, let storageClass, let other, let isDate, let filter):
            let element = isDate ? "Date" : action.daysElement
            func place(_ storageClass: StorageClass) -> String {
                "'\(element)' in the \(action.rawValue) action for StorageClass '\(storageClass.wireName)' for \(filter.named)"
            }
            return .invalidArgument("\(place(storageClass)) must be greater than \(place(other))")
        case .expiresBeforeTransition(let action, let isDate, let filter):
            let element = isDate ? "Date" : action.daysElement
            let transition: LifecycleAction = action == .expiration ? .transition : .noncurrentTransition
            return .invalidArgument(
                "'\(element)' in the \(action.rawValue) action for \(filter.named) must be greater than '\(element)' in the "
                    + "\(transition.rawValue) action")
        default: return S3Error.internalError.causedBy("\(problem)")
        }
    }
}

extension LifecycleAction {
    /// The element that holds its days.
    fileprivate var daysElement: String {
        switch self {
        case .expiration, .transition: "Days"
        case .noncurrentExpiration, .noncurrentTransition: "NoncurrentDays"
        case .abort: "DaysAfterInitiation"
        }
    }
}

extension LifecycleFilter {
    /// `filter '(prefix=a and tag={key=k, value=v})'`, or for the older form `prefix 'a'`.
    fileprivate var named: String {
        if form == .legacyPrefix { return "prefix '\(prefix ?? "")'" }
        var parts: [String] = []
        let saysNothingElse = tags.isEmpty && sizeAbove == nil && sizeBelow == nil
        if prefix != nil || saysNothingElse { parts.append("prefix=\(prefix ?? "")") }
        parts += tags.map { "tag={key=\($0.key), value=\($0.value)}" }
        if let sizeAbove { parts.append("objectsizegreaterthan=\(sizeAbove)") }
        if let sizeBelow { parts.append("objectsizelessthan=\(sizeBelow)") }
        return "filter '(\(parts.joined(separator: " and ")))'"
    }
}
