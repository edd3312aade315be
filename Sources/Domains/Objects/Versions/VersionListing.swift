import Model
import StoragePorts

extension Objects {
    /// One page of all versions and delete markers of a bucket. Throws `.noSuchBucket`.
    package func listVersions(_ bucket: BucketName, _ query: VersionListQuery) async throws(ObjectsError) -> VersionPage {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            var walk = try VersionWalk(query, state, try ListedOwners(of: state, isAsked: true), in: snapshot)
            return try walk.page(in: snapshot)
        }
    }
}

/// Walks the current versions and the older ones side by side: both lie in the order of their keys, so one scan of each gives a page.
///
/// The scan of `21` says which keys and common prefixes can be on the page; that of `22` goes no further than the last of them, and
/// no further than a full page.
private struct VersionWalk {
    /// A name of the page in its order: a key's current version, or a common prefix.
    private enum Slot {
        case current(VersionEntry)
        case prefix([UInt8])

        var name: [UInt8] {
            switch self {
            case .current(let entry): entry.key.utf8
            case .prefix(let prefix): prefix
            }
        }
    }

    private let state: BucketState
    private let owners: ListedOwners
    private let query: ListQuery
    private let countMax: Int
    /// The first key under `22` to look at when the page begins within the versions of one key.
    private let olderStart: [UInt8]?
    /// The page begins with all versions of the marked key.
    private let includesMarker: Bool
    private var slots: [Slot] = []
    private var older: [VersionEntry] = []
    private var hasMoreKeys = false

    init(_ query: VersionListQuery, _ state: BucketState, _ owners: ListedOwners, in snapshot: any Snapshot) throws {
        self.state = state
        self.owners = owners
        self.countMax = min(query.keys.countMax, ObjectsLimits.pageMax)
        var start: [UInt8]?
        var includesMarker = false
        if let marker = query.keys.after, let id = query.afterVersion, let key = ObjectKey(marker), marker.starts(with: query.keys.prefix),
            query.keys.endOfGroup(marker) == nil
        {
            let versions = VersionedKey(state: state, key: key)
            let lsn = try Self.position(of: id, versions, in: snapshot)
            let current = try versions.current(in: snapshot)
            if let lsn, let current, current.header.lsn >= lsn {
                start = ObjectKeys.version(state.instance, marker, lsn) + [0]
            } else {
                // All that is left of the key is older. Or the marked version's place is forgotten: then showing what was shown
                // before is better than leaving versions out.
                includesMarker = current != nil
            }
        }
        self.query = query.keys
        self.includesMarker = includesMarker
        self.olderStart = start
    }

    /// Where an id stands among the versions of a key, also when that version is gone; nil when nobody knows.
    private static func position(of id: VersionID, _ key: VersionedKey, in snapshot: any Snapshot) throws -> LSN? {
        switch id {
        case .made(let lsn): lsn
        case .null: try key.find(.null, in: snapshot)?.header.lsn
        case .foreign: nil
        }
    }

    mutating func page(in snapshot: any Snapshot) throws -> VersionPage {
        try collectCurrent(in: snapshot)
        try collectOlder(in: snapshot)
        return merged()
    }

    private mutating func collectCurrent(in snapshot: any Snapshot) throws {
        let scope = ObjectKeys.objects(in: state.instance)
        var grouping = Grouping(query, scope: scope, escapes: false, from: includesMarker ? query.after.map { scope + $0 } : nil)
        guard let range = grouping.range else { return }
        try snapshot.scan(range, .forward) { key, value in
            let name = UnsafeRawBufferPointer(rebasing: key[scope.count...])
            let known = grouping.commonPrefixes.count
            switch grouping.visit(name) {
            case .entry:
                let owner = try owners.owner(value)
                slots.append(
                    .current(VersionEntry(ObjectKey(stored: Array(name)), try StoredHeader(value), isLatest: true, owner: owner)))
            case .grouped(let step):
                if grouping.commonPrefixes.count > known { slots.append(.prefix(grouping.commonPrefixes[known])) }
                return step
            case .full:
                hasMoreKeys = true
                return .stop
            }
            return .next
        }
    }

    private mutating func collectOlder(in snapshot: any Snapshot) throws {
        guard state.hasVersions, countMax > 0 else { return }
        let scope = ObjectKeys.versions(in: state.instance)
        guard let first = olderStart ?? slots.first.map({ scope + ObjectKeys.escaped($0.name) }) else { return }
        let last = slots.last?.name ?? query.after ?? []
        // An escaped key is followed by 00 01; 00 02 lies above all its versions and below every longer key.
        let range = KeyRange(from: first, to: scope + ObjectKeys.escaped(last) + [0x00, 0x02])
        guard first.lexicographicallyPrecedes(range.upper ?? []) else { return }
        try snapshot.scan(range, .forward) { key, value in
            let name = ObjectKeys.objectKey(ofVersion: key)
            if let end = query.endOfGroup(name) {
                let group = scope + ObjectKeys.escaped(Array(name[..<end]))
                return KeyRange.successor(ofPrefix: group).map { .seek($0) } ?? .stop
            }
            older.append(VersionEntry(ObjectKey(stored: name), try StoredHeader(value), isLatest: false, owner: try owners.owner(value)))
            // One more than a page holds, to know that there is more.
            return older.count > countMax ? .stop : .next
        }
    }

    private func merged() -> VersionPage {
        var entries: [VersionEntry] = []
        var prefixes: [[UInt8]] = []
        var last: VersionPage.Position?
        var isFull = false
        func add(_ entry: VersionEntry) {
            entries.append(entry)
            last = VersionPage.Position(key: entry.key.utf8, version: entry.version)
        }
        var rest = older[...]
        /// False when the page is full before it.
        func addOlder(below name: [UInt8]?) {
            while let entry = rest.first, name.map({ entry.key.utf8.lexicographicallyPrecedes($0) }) ?? true {
                guard entries.count + prefixes.count < countMax else {
                    isFull = true
                    return
                }
                add(entry)
                rest.removeFirst()
            }
        }
        for slot in slots {
            addOlder(below: slot.name)
            guard !isFull, entries.count + prefixes.count < countMax else {
                isFull = true
                break
            }
            switch slot {
            case .current(let entry): add(entry)
            case .prefix(let prefix):
                prefixes.append(prefix)
                last = VersionPage.Position(key: prefix, version: nil)
            }
        }
        if !isFull { addOlder(below: nil) }
        return VersionPage(
            bucket: state.bucket, entries: entries, commonPrefixes: prefixes, next: isFull || hasMoreKeys ? last : nil)
    }
}

extension VersionEntry {
    fileprivate init(_ key: ObjectKey, _ header: StoredHeader, isLatest: Bool, owner: Owner?) {
        self.init(
            object: ListEntry(key, header), version: header.version, lsn: header.lsn, isLatest: isLatest,
            isDeleteMarker: header.isDeleteMarker, owner: owner)
    }
}
