import Model

/// When a rule's days are over.
package struct LifecycleClock: Hashable, Sendable {
    /// What counts as a day; 24 hours but in tests.
    package let day: Duration

    package init(day: Duration = Self.civilDay) {
        self.day = day
    }

    package static let civilDay = Duration.seconds(86_400)

    /// AWS adds the days and goes on to the next midnight UTC. A shorter day has no midnight: it ends when it ends.
    package func end(of days: Int32, after start: Timestamp) -> Timestamp {
        guard day != Self.civilDay else { return Self.midnight(days: days, after: start) }
        return start + day * Int(days)
    }

    /// What `x-amz-expiration` says: always in civil days.
    static func midnight(days: Int32, after start: Timestamp) -> Timestamp {
        let length: Int64 = 86_400_000
        let end = start.milliseconds + Int64(days) * length
        return Timestamp(milliseconds: (end + length - 1) / length * length)
    }
}

extension Lifecycle {
    /// The rule that ends a current version first, and when, as `x-amz-expiration` tells it; nil when none does.
    package func expiration(
        of key: ObjectKey, size: Int64, lastModified: Timestamp, tags: () throws -> [Tag]
    ) rethrows -> ObjectExpiration? {
        var first: ObjectExpiration?
        for rule in rules where rule.isEnabled {
            let date: Timestamp
            switch rule.expiration {
            case .days(let days): date = LifecycleClock.midnight(days: days, after: lastModified)
            case .date(let day): date = day
            case .expiredMarkers, nil: continue
            }
            guard first.map({ date < $0.date }) ?? true, try rule.filter.matches(key: key.utf8, size: size, tags: tags) else { continue }
            first = ObjectExpiration(date: date, ruleID: rule.id)
        }
        return first
    }
}

extension BucketState {
    /// `value` is the record that `header` is the head of. Costs a look-up in an empty table where no lifecycle is set.
    func expiration(of key: ObjectKey, _ header: StoredHeader, _ value: [UInt8]) throws -> ObjectExpiration? {
        guard !record.settings.isEmpty, let lifecycle = try setting(Lifecycle.self) else { return nil }
        return try lifecycle.expiration(of: key, size: header.size, lastModified: header.lastModified) {
            try value.withUnsafeBytes { try header.tags(in: $0) }
        }
    }
}

/// The rules of one bucket as a pass applies them: only those that can end something, each kind of version asked for on its own.
struct LifecycleJudge: Sendable {
    let clock: LifecycleClock
    /// The time at which the pass looks.
    let now: Timestamp
    private let rules: [LifecycleRule]

    init(_ lifecycle: Lifecycle, _ clock: LifecycleClock, now: Timestamp) {
        self.clock = clock
        self.now = now
        rules = lifecycle.rules.filter(\.isEnabled)
    }

    var endsCurrent: Bool { rules.contains { $0.expiration != nil } }
    var endsOlder: Bool { rules.contains { $0.noncurrentExpiration != nil } }
    var endsUploads: Bool { rules.contains { $0.abortDays != nil } }

    /// Whether a current version that is no delete marker is to end.
    func endsCurrent(
        _ key: some RandomAccessCollection<UInt8>, size: Int64, lastModified: Timestamp, tags: () throws -> [Tag]
    ) rethrows -> Bool {
        for rule in rules {
            switch rule.expiration {
            case .days(let days): guard clock.end(of: days, after: lastModified) <= now else { continue }
            case .date(let date): guard date <= now else { continue }
            case .expiredMarkers, nil: continue
            }
            if try rule.filter.matches(key: key, size: size, tags: tags) { return true }
        }
        return false
    }

    /// Whether a delete marker that hides no older version is to end: at once by a rule for such markers, after its days by a
    /// rule that ends current versions.
    func endsMarker(_ key: some RandomAccessCollection<UInt8>, lastModified: Timestamp) -> Bool {
        rules.contains { rule in
            switch rule.expiration {
            case .expiredMarkers(true): break
            case .days(let days): guard clock.end(of: days, after: lastModified) <= now else { return false }
            case .date(let date): guard date <= now else { return false }
            case .expiredMarkers(false), nil: return false
            }
            return !rule.filter.needsTags && rule.filter.matches(key: key, size: 0, tags: { [] })
        }
    }

    /// Whether an older version is to end: `succeeded` is when a newer one took its place, `newer` how many older versions of the
    /// key are newer than it.
    func endsOlder(
        _ key: some RandomAccessCollection<UInt8>, size: Int64, succeeded: Timestamp, newer: Int, tags: () throws -> [Tag]
    ) rethrows -> Bool {
        for rule in rules {
            guard let noncurrent = rule.noncurrentExpiration, newer >= Int(noncurrent.kept ?? 0),
                clock.end(of: noncurrent.days, after: succeeded) <= now
            else { continue }
            if try rule.filter.matches(key: key, size: size, tags: tags) { return true }
        }
        return false
    }

    func endsUpload(_ key: some RandomAccessCollection<UInt8>, initiated: Timestamp) -> Bool {
        rules.contains { rule in
            guard let days = rule.abortDays, clock.end(of: days, after: initiated) <= now else { return false }
            return rule.filter.matches(key: key, size: 0, tags: { [] })
        }
    }
}
