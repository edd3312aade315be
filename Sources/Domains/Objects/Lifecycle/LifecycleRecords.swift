import Model
import StoragePorts
import SwiftProtobuf

// Between the rules and the messages that are stored of them.

extension Lifecycle: BucketSetting {
    package static let kind = BucketSettingKind.lifecycle

    package init(stored: [UInt8]) throws {
        let record = try PBLifecycleRecord(serializedBytes: stored)
        self.init(
            rules: try record.rules.map { try LifecycleRule($0) },
            minimumSize: MinimumTransitionSize(rawValue: record.minimumSize) ?? .all128K)
    }

    package func stored() throws -> [UInt8] {
        try PBLifecycleRecord.with {
            $0.rules = rules.map(\.record)
            $0.minimumSize = minimumSize == .all128K ? "" : minimumSize.rawValue
        }.serializedBytes()
    }
}

extension LifecycleRule {
    init(_ record: PBLifecycleRuleRecord) throws {
        var expiration: Expiration?
        if record.hasExpirationDays { expiration = .days(record.expirationDays) }
        if record.hasExpirationDateMs { expiration = .date(Timestamp(milliseconds: record.expirationDateMs)) }
        if record.hasExpiresMarkers { expiration = .expiredMarkers(record.expiresMarkers) }
        let noncurrent =
            record.hasNoncurrentDays
            ? NoncurrentExpiration(days: record.noncurrentDays, kept: record.hasNoncurrentKept ? record.noncurrentKept : nil) : nil
        self.init(
            id: record.id, isEnabled: record.isEnabled, filter: LifecycleFilter(record), expiration: expiration,
            noncurrentExpiration: noncurrent, abortDays: record.hasAbortDays ? record.abortDays : nil,
            transitions: try record.transitions.map { try LifecycleTransition($0) },
            noncurrentTransitions: try record.noncurrentTransitions.map { try LifecycleTransition($0) })
    }

    var record: PBLifecycleRuleRecord {
        var record = PBLifecycleRuleRecord()
        record.id = id
        record.isEnabled = isEnabled
        filter.write(to: &record)
        switch expiration {
        case .days(let days): record.expirationDays = days
        case .date(let date): record.expirationDateMs = date.milliseconds
        case .expiredMarkers(let expires): record.expiresMarkers = expires
        case nil: break
        }
        if let noncurrentExpiration {
            record.noncurrentDays = noncurrentExpiration.days
            if let kept = noncurrentExpiration.kept { record.noncurrentKept = kept }
        }
        if let abortDays { record.abortDays = abortDays }
        record.transitions = transitions.map(\.record)
        record.noncurrentTransitions = noncurrentTransitions.map(\.record)
        return record
    }
}

extension LifecycleFilter {
    fileprivate init(_ record: PBLifecycleRuleRecord) {
        self.init(
            form: record.isLegacy ? .legacyPrefix : record.isConjunction ? .conjunction : .single,
            prefix: record.namesPrefix ? record.prefix : nil, tags: record.tags.map { Tag(key: $0.key, value: $0.value) },
            sizeAbove: record.hasSizeAbove ? record.sizeAbove : nil, sizeBelow: record.hasSizeBelow ? record.sizeBelow : nil)
    }

    fileprivate func write(to record: inout PBLifecycleRuleRecord) {
        record.isLegacy = form == .legacyPrefix
        record.isConjunction = form == .conjunction
        record.namesPrefix = prefix != nil
        record.prefix = prefix ?? ""
        record.tags = tags.map(\.record)
        if let sizeAbove { record.sizeAbove = sizeAbove }
        if let sizeBelow { record.sizeBelow = sizeBelow }
    }
}

extension LifecycleTransition {
    fileprivate init(_ record: PBLifecycleTransitionRecord) throws {
        guard let code = UInt8(exactly: record.storageClass), let storageClass = StorageClass(rawValue: code) else {
            throw LedgerError.damaged("storage class \(record.storageClass)")
        }
        self.init(
            moment: record.hasDateMs ? .date(Timestamp(milliseconds: record.dateMs)) : .days(record.days),
            storageClass: storageClass, kept: record.hasKept ? record.kept : nil)
    }

    fileprivate var record: PBLifecycleTransitionRecord {
        PBLifecycleTransitionRecord.with {
            switch moment {
            case .days(let days): $0.days = days
            case .date(let date): $0.dateMs = date.milliseconds
            }
            $0.storageClass = UInt32(storageClass.rawValue)
            if let kept { $0.kept = kept }
        }
    }
}
