import Model
import StoragePorts

/// What one step of a pass saw: which records are due, and how far it looked.
struct LifecycleLook: Sendable {
    var due: [Due] = []
    /// Ledger keys that ending them reads, and that may be far from where the look went.
    var hints: [[UInt8]] = []
    /// The last ledger key looked at.
    var after: [UInt8]?
    /// Nothing is left of this stage.
    var isAtEnd = true
    /// The pass has left its place in the ledger.
    let hasRecord: Bool
    private let pace: LifecyclePace
    private var scannedCount = 0

    init(_ pace: LifecyclePace, hasRecord: Bool, after: [UInt8]?) {
        self.pace = pace
        self.hasRecord = hasRecord
        self.after = after
    }

    /// Whether the step goes on to the next record.
    fileprivate mutating func mayLookAt(_ key: UnsafeRawBufferPointer) -> Bool {
        guard scannedCount < pace.scanMax, due.count < pace.commitMax else {
            isAtEnd = false
            return false
        }
        scannedCount += 1
        after = Array(key)
        return true
    }

    fileprivate mutating func add(_ item: Due, _ key: [UInt8]) {
        due.append(item)
        hints.append(key)
    }
}

extension Objects {
    /// Nil when the bucket or its rules are gone.
    func findDue(
        _ pass: LifecyclePass, _ clock: LifecycleClock, _ pace: LifecyclePace, in snapshot: any Snapshot
    ) throws -> LifecycleLook? {
        guard let state = try buckets.state(of: pass.bucket, in: snapshot), state.instance == pass.instance,
            let lifecycle = try state.setting(Lifecycle.self)
        else { return nil }
        let judge = LifecycleJudge(lifecycle, clock, now: pass.started)
        let hasRecord = try snapshot.get(ObjectKeys.lifecyclePass(pass.instance)) != nil
        var look = LifecycleLook(pace, hasRecord: hasRecord, after: pass.after)
        switch pass.stage {
        case .current: if judge.endsCurrent { try look.findCurrent(state, judge, snapshot) }
        case .older: if judge.endsOlder, state.hasVersions { try look.findOlder(state, judge, snapshot) }
        case .uploads: if judge.endsUploads { try look.findUploads(state, judge, snapshot) }
        }
        return look
    }
}

extension LifecycleLook {
    private func range(_ prefix: [UInt8]) -> KeyRange {
        let all = KeyRange.prefix(prefix)
        return KeyRange(from: after.map { $0 + [0] } ?? all.lower, to: all.upper)
    }

    fileprivate mutating func findCurrent(_ state: BucketState, _ judge: LifecycleJudge, _ snapshot: any Snapshot) throws {
        let scope = ObjectKeys.objects(in: state.instance)
        try snapshot.scan(range(scope), .forward) { key, value in
            guard mayLookAt(key) else { return .stop }
            let name = UnsafeRawBufferPointer(rebasing: key[scope.count...])
            let header = try StoredHeader(value)
            if header.isDeleteMarker {
                guard judge.endsMarker(name, lastModified: header.lastModified) else { return .next }
                let objectKey = ObjectKey(stored: Array(name))
                guard try VersionedKey(state: state, key: objectKey).newestOlder(in: snapshot) == nil else { return .next }
                add(.version(objectKey, header.lsn), Array(key))
            } else if try judge.endsCurrent(header, name, value) {
                due.append(.current(ObjectKey(stored: Array(name)), header.lsn))
            }
            return .next
        }
    }

    /// Older versions lie newest first behind their key; each ends counting from when the one before it took its place.
    fileprivate mutating func findOlder(_ state: BucketState, _ judge: LifecycleJudge, _ snapshot: any Snapshot) throws {
        var run: OlderRun?
        try snapshot.scan(range(ObjectKeys.versions(in: state.instance)), .forward) { key, value in
            guard mayLookAt(key) else { return .stop }
            let name = ObjectKeys.objectKey(ofVersion: key)
            let header = try StoredHeader(value)
            if run?.name != name { run = try OlderRun(name, before: header.lsn, state, snapshot) }
            guard let place = try run?.next(header, value) else { return .next }
            let ends = try judge.endsOlder(name, size: header.size, succeeded: place.succeeded, newer: place.newer) {
                try header.tags(in: value)
            }
            if ends, try !header.isHeld(value, at: judge.now) { add(.version(ObjectKey(stored: name), header.lsn), Array(key)) }
            return .next
        }
    }

    fileprivate mutating func findUploads(_ state: BucketState, _ judge: LifecycleJudge, _ snapshot: any Snapshot) throws {
        try snapshot.scan(range(ObjectKeys.uploads(in: state.instance)), .forward) { key, value in
            guard mayLookAt(key) else { return .stop }
            let objectKey = ObjectKey(stored: ObjectKeys.objectKey(ofUpload: key))
            let upload = try UploadInfo(ObjectKeys.uploadID(atEndOf: key), objectKey, value, bucketOwner: state.bucket.owner)
            if judge.endsUpload(objectKey.utf8, initiated: upload.initiated) { add(.upload(objectKey, upload.id), Array(key)) }
            return .next
        }
    }
}

/// The older versions of one key in their order.
private struct OlderRun {
    let name: [UInt8]
    /// When the next version ceased to be current.
    private var succeeded: Timestamp
    private var newer: Int

    /// `before` is the first version that will be asked about: a step may begin in the middle of a key.
    init(_ name: [UInt8], before lsn: LSN, _ state: BucketState, _ snapshot: any Snapshot) throws {
        self.name = name
        let current = try VersionedKey(state: state, key: ObjectKey(stored: name)).current(in: snapshot)
        guard let current else { throw LedgerError.damaged("older versions without a current one") }
        var succeeded = try current.olderSince
        var newer = 0
        try snapshot.scan(.prefix(ObjectKeys.versions(state.instance, of: name)), .forward) { _, value in
            let header = try StoredHeader(value)
            guard header.lsn > lsn else { return .stop }
            succeeded = try header.olderSince(in: value)
            newer += 1
            return .next
        }
        self.succeeded = succeeded
        self.newer = newer
    }

    mutating func next(_ header: StoredHeader, _ value: UnsafeRawBufferPointer) throws -> (succeeded: Timestamp, newer: Int) {
        let place = (succeeded, newer)
        succeeded = try header.olderSince(in: value)
        newer += 1
        return place
    }
}

extension LifecycleJudge {
    func endsCurrent(
        _ header: StoredHeader, _ name: some RandomAccessCollection<UInt8>, _ value: UnsafeRawBufferPointer
    ) throws -> Bool {
        try endsCurrent(name, size: header.size, lastModified: header.lastModified) { try header.tags(in: value) }
    }

    func endsCurrent(_ version: StoredVersion, _ key: ObjectKey) throws -> Bool {
        if version.header.isDeleteMarker { return false }
        return try version.value.withUnsafeBytes { try endsCurrent(version.header, key.utf8, $0) }
    }
}

extension StoredHeader {
    /// Decoded only where the header says that there are any.
    func tags(in value: UnsafeRawBufferPointer) throws -> [Tag] {
        flags.contains(.tags) ? TagSet(try PBObjectDetails(afterHeaderOf: Array(value)).tags).tags : []
    }

    fileprivate func isHeld(_ value: UnsafeRawBufferPointer, at now: Timestamp) throws -> Bool {
        guard flags.contains(.lock) else { return false }
        return try PBObjectDetails(afterHeaderOf: Array(value)).lock().forbidsRemoval(at: now, bypassGovernance: false)
    }
}
