import Model

/// What AWS refuses of a lifecycle that is well-formed.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
package enum LifecycleProblem: Hashable, Sendable {
    case tooManyRules
    case idTooLong
    case repeatedID
    case noAction
    case daysNotPositive(action: String)
    case dateNotMidnight
    case keptOutOfRange(action: String)
    case markersWithTags
    case markersWithSize
    case abortWithTags
    case abortWithSize
    case sizesCrossed
    case transitionTooEarly(StorageClass, daysMin: Int32)
    case repeatedStorageClass(StorageClass)
    case mixedMoments
    case expiresBeforeTransition
    case repeatedTag
}

extension Lifecycle {
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    package static let rulesMax = 1_000
    private static let idCharactersMax = 255
    private static let keptMax: Int32 = 100
    private static let dayMilliseconds: Int64 = 86_400_000
    /// AWS moves nothing to the infrequent-access classes before an object is this old.
    private static let infrequentAccessDaysMin: Int32 = 30

    package func problem() -> LifecycleProblem? {
        guard rules.count <= Self.rulesMax else { return .tooManyRules }
        var ids: Set<String> = []
        for rule in rules {
            guard rule.id.unicodeScalars.count <= Self.idCharactersMax else { return .idTooLong }
            guard ids.insert(rule.id).inserted else { return .repeatedID }
            guard rule.hasAction else { return .noAction }
            if let problem = Self.expirationProblem(rule) ?? Self.noncurrentProblem(rule) ?? Self.filterProblem(rule)
                ?? Self.transitionProblem(rule)
            {
                return problem
            }
        }
        return nil
    }

    private static func expirationProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        switch rule.expiration {
        case .days(let days) where days <= 0: return .daysNotPositive(action: "Expiration")
        case .date(let date) where date.milliseconds % dayMilliseconds != 0: return .dateNotMidnight
        case .expiredMarkers(true) where !rule.filter.tags.isEmpty: return .markersWithTags
        case .expiredMarkers(true) where rule.filter.sizeAbove != nil || rule.filter.sizeBelow != nil: return .markersWithSize
        default: return nil
        }
    }

    private static func noncurrentProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        if let noncurrent = rule.noncurrentExpiration {
            guard noncurrent.days > 0 else { return .daysNotPositive(action: "NoncurrentVersionExpiration") }
            if let kept = noncurrent.kept, !(1...keptMax).contains(kept) {
                return .keptOutOfRange(action: "NoncurrentVersionExpiration")
            }
        }
        if let days = rule.abortDays, days <= 0 { return .daysNotPositive(action: "AbortIncompleteMultipartUpload") }
        return nil
    }

    private static func filterProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        let filter = rule.filter
        if Set(filter.tags.map(\.key)).count != filter.tags.count { return .repeatedTag }
        if rule.abortDays != nil, !filter.tags.isEmpty { return .abortWithTags }
        if rule.abortDays != nil, filter.sizeAbove != nil || filter.sizeBelow != nil { return .abortWithSize }
        if let above = filter.sizeAbove, let below = filter.sizeBelow, above >= below { return .sizesCrossed }
        return nil
    }

    private static func transitionProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        for (action, transitions) in [("Transition", rule.transitions), ("NoncurrentVersionTransition", rule.noncurrentTransitions)] {
            if let problem = problem(of: transitions, action, rule) { return problem }
        }
        if case .days(let days) = rule.expiration {
            for case .days(let moved) in rule.transitions.map(\.moment) where days <= moved { return .expiresBeforeTransition }
        }
        return nil
    }

    private static func problem(of transitions: [LifecycleTransition], _ action: String, _ rule: LifecycleRule) -> LifecycleProblem? {
        var classes: Set<StorageClass> = []
        var (hasDays, hasDates) = (false, false)
        for transition in transitions {
            guard classes.insert(transition.storageClass).inserted else { return .repeatedStorageClass(transition.storageClass) }
            switch transition.moment {
            case .days(let days):
                hasDays = true
                guard days >= 0 else { return .daysNotPositive(action: action) }
                if [.standardIA, .onezoneIA].contains(transition.storageClass), days < infrequentAccessDaysMin {
                    return .transitionTooEarly(transition.storageClass, daysMin: infrequentAccessDaysMin)
                }
            case .date(let date):
                hasDates = true
                guard date.milliseconds % dayMilliseconds == 0 else { return .dateNotMidnight }
            }
            if let kept = transition.kept, !(1...keptMax).contains(kept) { return .keptOutOfRange(action: action) }
        }
        return hasDays && hasDates ? .mixedMoments : nil
    }
}
