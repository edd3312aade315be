import Model
import StoragePorts
import SwiftProtobuf

/// How strictly a retention holds. The raw values are stored: never renumber.
package enum LockMode: UInt8, Sendable, CaseIterable {
    /// May be shortened or bypassed with a permission of its own.
    case governance = 1
    /// Nobody may shorten it or remove the version before its end.
    case compliance = 2

    package var wireName: String {
        switch self {
        case .governance: "GOVERNANCE"
        case .compliance: "COMPLIANCE"
        }
    }

    package init?(wireName: String) {
        guard let mode = Self.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = mode
    }
}

/// Until when a version may not be removed.
package struct Retention: Hashable, Sendable {
    package var mode: LockMode
    package var until: Timestamp

    package init(mode: LockMode, until: Timestamp) {
        self.mode = mode
        self.until = until
    }
}

/// What protects one version from being removed, or shall protect a new one.
package struct ObjectLock: Hashable, Sendable {
    package var retention: Retention?
    /// Nil: never set.
    package var legalHold: Bool?

    package init(retention: Retention? = nil, legalHold: Bool? = nil) {
        self.retention = retention
        self.legalHold = legalHold
    }

    package static let none = ObjectLock()

    /// Whether the version may not be removed at `now`.
    package func forbidsRemoval(at now: Timestamp, bypassGovernance: Bool) -> Bool {
        if legalHold == true { return true }
        guard let retention, retention.until > now else { return false }
        return retention.mode == .compliance || !bypassGovernance
    }
}

/// Object Lock as a bucket has it; its presence is what cannot be taken back.
package struct ObjectLockConfiguration: Hashable, Sendable {
    package enum Period: Hashable, Sendable {
        case days(Int)
        case years(Int)
    }

    /// What a new version gets that names no retention of its own.
    package struct DefaultRetention: Hashable, Sendable {
        package var mode: LockMode
        package var period: Period

        package init(mode: LockMode, period: Period) {
            self.mode = mode
            self.period = period
        }

        /// A year is 365 days, as AWS counts it.
        func retention(from now: Timestamp) -> Retention {
            let days =
                switch period {
                case .days(let days): days
                case .years(let years): years * 365
                }
            return Retention(mode: mode, until: now + .seconds(Int64(days) * 86_400))
        }
    }

    package var defaultRetention: DefaultRetention?

    package init(defaultRetention: DefaultRetention? = nil) {
        self.defaultRetention = defaultRetention
    }
}

extension ObjectLockConfiguration: BucketSetting {
    package static let kind = BucketSettingKind.objectLock

    package init(stored: [UInt8]) throws {
        let record = try PBObjectLockSetting(serializedBytes: stored)
        self.init()
        if record.mode == 0 { return }
        guard let mode = LockMode(rawValue: UInt8(truncatingIfNeeded: record.mode)) else {
            throw LedgerError.damaged("lock mode \(record.mode)")
        }
        let period = record.days > 0 ? Period.days(Int(record.days)) : .years(Int(record.years))
        defaultRetention = DefaultRetention(mode: mode, period: period)
    }

    package func stored() throws -> [UInt8] {
        try PBObjectLockSetting.with { record in
            guard let rule = defaultRetention else { return }
            record.mode = UInt32(rule.mode.rawValue)
            switch rule.period {
            case .days(let days): record.days = UInt32(days)
            case .years(let years): record.years = UInt32(years)
            }
        }.serializedBytes()
    }
}

extension PBObjectDetails {
    /// Throws `LedgerError.damaged`.
    func lock() throws -> ObjectLock {
        var lock = ObjectLock(legalHold: hasLegalHold ? legalHold : nil)
        if retentionMode == 0 { return lock }
        guard let mode = LockMode(rawValue: UInt8(truncatingIfNeeded: retentionMode)) else {
            throw LedgerError.damaged("lock mode \(retentionMode)")
        }
        lock.retention = Retention(mode: mode, until: Timestamp(milliseconds: retainUntilMs))
        return lock
    }

    mutating func setLock(_ lock: ObjectLock) {
        retentionMode = UInt32(lock.retention?.mode.rawValue ?? 0)
        retainUntilMs = lock.retention?.until.milliseconds ?? 0
        if let legalHold = lock.legalHold { self.legalHold = legalHold } else { clearLegalHold() }
    }
}
