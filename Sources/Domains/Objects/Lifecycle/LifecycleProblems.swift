import Model

/// What AWS refuses of a lifecycle that is well-formed.
///
/// Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html,
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
package enum LifecycleProblem: Hashable, Sendable {
    case tooManyRules
    case idTooLong
    case repeatedID
    case noAction
    /// The first rule has its prefix in a filter, this one beside it; or the other way round.
    case prefixAfterFilter
    case filterAfterPrefix
    /// Rules of the older form may not act in the same way on the same keys.
    case overlappingPrefixes(LifecycleAction, String, String)
    /// `NewerNoncurrentVersions` in rules of the older form.
    case keptWithoutFilter
    case prefixTooLong
    case daysNotPositive(LifecycleAction)
    case daysNegative(LifecycleAction)
    case dateNotMidnight(Timestamp)
    case keptNotPositive(LifecycleAction)
    case markersWithTags
    case markersWithSize
    case abortWithTags
    case abortWithSize
    case sizeAboveOutOfRange
    case sizeBelowOutOfRange
    case sizesCrossed
    case repeatedTag
    case transitionTooEarly(LifecycleAction, StorageClass, daysMin: Int32)
    case repeatedStorageClass(LifecycleAction, LifecycleFilter)
    /// Dates here and days there, among the transitions or between them and the expiration.
    case mixedMoments(withExpiration: Bool, LifecycleFilter)
    /// The colder of two classes comes no later than the other.
    case transitionsOutOfOrder(LifecycleAction, StorageClass, before: StorageClass, isDate: Bool, LifecycleFilter)
    case expiresBeforeTransition(LifecycleAction, isDate: Bool, LifecycleFilter)
}

/// What a rule can do, as the elements of a document name it.
package enum LifecycleAction: String, Hashable, Sendable, CaseIterable {
    case expiration = "Expiration"
    case transition = "Transition"
    case noncurrentExpiration = "NoncurrentVersionExpiration"
    case noncurrentTransition = "NoncurrentVersionTransition"
    case abort = "AbortIncompleteMultipartUpload"

    fileprivate func isTaken(by rule: LifecycleRule) -> Bool {
        switch self {
        case .expiration: rule.expiration != nil
        case .transition: !rule.transitions.isEmpty
        case .noncurrentExpiration: rule.noncurrentExpiration != nil
        case .noncurrentTransition: !rule.noncurrentTransitions.isEmpty
        case .abort: rule.abortDays != nil
        }
    }
}

extension Lifecycle {
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    package static let rulesMax = 1_000
    private static let idCharactersMax = 255
    private static let dayMilliseconds: Int64 = 86_400_000
    /// AWS moves nothing to the infrequent-access classes before an object is this old.
    private static let infrequentAccessDaysMin: Int32 = 30
    /// AWS's bound for the sizes of a filter, in bytes.
    private static let filterBytesMax: Int64 = 1_099_511_627_776_000

    package func problem() -> LifecycleProblem? {
        guard rules.count <= Self.rulesMax else { return .tooManyRules }
        var ids: Set<String> = []
        let isLegacy = rules.first?.filter.form == .legacyPrefix
        for rule in rules {
            guard rule.id.unicodeScalars.count <= Self.idCharactersMax else { return .idTooLong }
            guard ids.insert(rule.id).inserted else { return .repeatedID }
            if let problem = Self.formProblem(rule, isLegacy: isLegacy) { return problem }
            guard LifecycleAction.allCases.contains(where: { $0.isTaken(by: rule) }) else { return .noAction }
            if let problem = Self.expirationProblem(rule) ?? Self.noncurrentProblem(rule) ?? Self.filterProblem(rule)
                ?? rule.transitionProblem()
            {
                return problem
            }
        }
        return isLegacy ? overlap() : nil
    }

    /// A document is of the older form or of the newer one, as its first rule is.
    private static func formProblem(_ rule: LifecycleRule, isLegacy: Bool) -> LifecycleProblem? {
        guard (rule.filter.form == .legacyPrefix) == isLegacy else { return isLegacy ? .filterAfterPrefix : .prefixAfterFilter }
        if let prefix = rule.filter.prefix, prefix.utf8.count > ObjectKey.bytesMax { return .prefixTooLong }
        let keeps = rule.noncurrentExpiration?.kept != nil || rule.noncurrentTransitions.contains { $0.kept != nil }
        return isLegacy && keeps ? .keptWithoutFilter : nil
    }

    private func overlap() -> LifecycleProblem? {
        for action in LifecycleAction.allCases {
            let prefixes = rules.filter { action.isTaken(by: $0) }.map { $0.filter.prefix ?? "" }
            // Of prefixes in their order, one that begins others begins the next.
            let ordered = prefixes.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            for (shorter, longer) in zip(ordered, ordered.dropFirst()) where longer.utf8.starts(with: shorter.utf8) {
                return .overlappingPrefixes(action, shorter, longer)
            }
        }
        return nil
    }

    private static func expirationProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        let filter = rule.filter
        switch rule.expiration {
        case .days(let days) where days <= 0: return .daysNotPositive(.expiration)
        case .date(let date) where date.milliseconds % dayMilliseconds != 0: return .dateNotMidnight(date)
        case .expiredMarkers where !filter.tags.isEmpty: return .markersWithTags
        case .expiredMarkers where filter.sizeAbove != nil || filter.sizeBelow != nil: return .markersWithSize
        default: return nil
        }
    }

    private static func noncurrentProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        if let noncurrent = rule.noncurrentExpiration {
            guard noncurrent.days > 0 else { return .daysNotPositive(.noncurrentExpiration) }
            if let kept = noncurrent.kept, kept <= 0 { return .keptNotPositive(.noncurrentExpiration) }
        }
        if let days = rule.abortDays, days <= 0 { return .daysNotPositive(.abort) }
        return nil
    }

    private static func filterProblem(_ rule: LifecycleRule) -> LifecycleProblem? {
        let filter = rule.filter
        if Set(filter.tags.map(\.key)).count != filter.tags.count { return .repeatedTag }
        if rule.abortDays != nil, !filter.tags.isEmpty { return .abortWithTags }
        if rule.abortDays != nil, filter.sizeAbove != nil || filter.sizeBelow != nil { return .abortWithSize }
        if let above = filter.sizeAbove, !(0...filterBytesMax).contains(above) { return .sizeAboveOutOfRange }
        if let below = filter.sizeBelow, !(1...filterBytesMax).contains(below) { return .sizeBelowOutOfRange }
        if let above = filter.sizeAbove, let below = filter.sizeBelow, above >= below { return .sizesCrossed }
        return nil
    }

    fileprivate static func problem(of transition: LifecycleTransition, _ action: LifecycleAction) -> LifecycleProblem? {
        switch transition.moment {
        case .days(let days):
            guard days >= 0 else { return .daysNegative(action) }
            let isInfrequent = [.standardIA, .onezoneIA].contains(transition.storageClass)
            if isInfrequent, days < infrequentAccessDaysMin {
                return .transitionTooEarly(action, transition.storageClass, daysMin: infrequentAccessDaysMin)
            }
        case .date(let date):
            guard date.milliseconds % dayMilliseconds == 0 else { return .dateNotMidnight(date) }
        }
        if let kept = transition.kept, kept <= 0 { return .keptNotPositive(action) }
        return nil
    }
}

extension LifecycleRule {
    fileprivate func transitionProblem() -> LifecycleProblem? {
        if let problem = problem(of: transitions, .transition) ?? problem(of: noncurrentTransitions, .noncurrentTransition) {
            return problem
        }
        let moments = transitions.map(\.moment)
        let hasDates = moments.contains { if case .date = $0 { true } else { false } }
        switch expiration {
        case .days(let days):
            if hasDates { return .mixedMoments(withExpiration: true, filter) }
            for case .days(let moved) in moments where days <= moved { return .expiresBeforeTransition(.expiration, isDate: false, filter) }
        case .date(let date):
            if !moments.isEmpty, !hasDates { return .mixedMoments(withExpiration: true, filter) }
            for case .date(let moved) in moments where date <= moved { return .expiresBeforeTransition(.expiration, isDate: true, filter) }
        case .expiredMarkers, nil: break
        }
        if let noncurrentExpiration {
            for case .days(let moved) in noncurrentTransitions.map(\.moment) where noncurrentExpiration.days <= moved {
                return .expiresBeforeTransition(.noncurrentExpiration, isDate: false, filter)
            }
        }
        return nil
    }

    private func problem(of transitions: [LifecycleTransition], _ action: LifecycleAction) -> LifecycleProblem? {
        for transition in transitions {
            if let problem = Lifecycle.problem(of: transition, action) { return problem }
        }
        guard Set(transitions.map(\.storageClass)).count == transitions.count else { return .repeatedStorageClass(action, filter) }
        let dates = transitions.filter { if case .date = $0.moment { true } else { false } }.count
        guard dates == 0 || dates == transitions.count else { return .mixedMoments(withExpiration: false, filter) }
        let ordered = transitions.sorted { $0.storageClass.coldness < $1.storageClass.coldness }
        for (warmer, colder) in zip(ordered, ordered.dropFirst()) where !warmer.moment.isBefore(colder.moment) {
            return .transitionsOutOfOrder(action, colder.storageClass, before: warmer.storageClass, isDate: dates > 0, filter)
        }
        return nil
    }
}

extension LifecycleTransition.Moment {
    /// Of two of one kind.
    fileprivate func isBefore(_ other: Self) -> Bool {
        switch (self, other) {
        case (.days(let days), .days(let others)): days < others
        case (.date(let date), .date(let others)): date < others
        default: false
        }
    }
}

extension StorageClass {
    /// The way down that AWS lets objects take.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
    fileprivate var coldness: Int {
        switch self {
        case .standard, .reducedRedundancy, .outposts, .snow, .expressOnezone, .fsxOpenZFS: 0
        case .standardIA: 1
        case .intelligentTiering: 2
        case .onezoneIA: 3
        case .glacierIR: 4
        case .glacier: 5
        case .deepArchive: 6
        }
    }
}
