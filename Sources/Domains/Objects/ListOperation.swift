import Model
import StoragePorts

extension Objects {
    /// One page of a bucket's objects, now or, in a bucket with versions, as they were at a position. Costs as much as it returns,
    /// however many keys a common prefix stands for; deleted keys of a bucket with versions are passed one by one.
    /// With `namingOwners` the page says whose the objects are. Throws `.noSuchBucket`; for a position `.noHistory`, `.positionAhead`.
    package func list(
        _ bucket: BucketName, _ query: ListQuery, asOf position: LSN? = nil, namingOwners: Bool = false
    ) async throws(ObjectsError) -> ListPage {
        try await read { [self] snapshot in
            let state = try require(bucket, in: snapshot)
            var owners = try ListedOwners(of: state, isAsked: namingOwners)
            if let position {
                try state.checkAsOf(position, in: snapshot)
                return try list(state, query, asOf: position, &owners, in: snapshot)
            }
            let scope = ObjectKeys.objects(in: state.instance)
            let hasMarkers = state.hasVersions
            var grouping = Grouping(query, scope: scope, escapes: false)
            var entries: [ListEntry] = []
            if let range = grouping.range {
                entries.reserveCapacity(min(query.countMax, ObjectsLimits.pageMax))
                try snapshot.scan(range, .forward) { key, value in
                    if hasMarkers, StoredHeader.isDeleteMarker(value) { return .next }
                    let name = UnsafeRawBufferPointer(rebasing: key[scope.count...])
                    switch grouping.visit(name) {
                    case .entry:
                        try owners.note(value, at: entries.count)
                        entries.append(ListEntry(ObjectKey(stored: Array(name)), try StoredHeader(value)))
                    case .grouped(let step): return step
                    case .full: return .stop
                    }
                    return .next
                }
            }
            return ListPage(
                bucket: state.bucket, entries: entries, owners: owners.byPlace, commonPrefixes: grouping.commonPrefixes,
                next: grouping.isFull ? grouping.last : nil)
        }
    }

    /// A key that has changed since costs a look at its older versions.
    private func list(
        _ state: BucketState, _ query: ListQuery, asOf position: LSN, _ owners: inout ListedOwners, in snapshot: any Snapshot
    ) throws -> ListPage {
        let scope = ObjectKeys.objects(in: state.instance)
        var grouping = Grouping(query, scope: scope, escapes: false)
        var entries: [ListEntry] = []
        if let range = grouping.range {
            try snapshot.scan(range, .forward) { key, value in
                let name = UnsafeRawBufferPointer(rebasing: key[scope.count...])
                let current = try StoredHeader(value)
                let objectKey = ObjectKey(stored: Array(name))
                let older =
                    current.lsn <= position
                    ? nil : try VersionedKey(state: state, key: objectKey).newestOlder(from: position, in: snapshot)
                let header = current.lsn <= position ? current : older?.header
                guard let header, !header.isDeleteMarker else { return .next }
                switch grouping.visit(name) {
                case .entry:
                    if let older {
                        try older.value.withUnsafeBytes { try owners.note($0, at: entries.count) }
                    } else {
                        try owners.note(value, at: entries.count)
                    }
                    entries.append(ListEntry(objectKey, header))
                case .grouped(let step): return step
                case .full: return .stop
                }
                return .next
            }
        }
        return ListPage(
            bucket: state.bucket, entries: entries, owners: owners.byPlace, commonPrefixes: grouping.commonPrefixes,
            next: grouping.isFull ? grouping.last : nil)
    }
}

extension ListEntry {
    init(_ key: ObjectKey, _ header: StoredHeader) {
        self.init(
            key: key, size: header.size, lastModified: header.lastModified, storageClass: header.storageClass, md5: header.md5,
            partCount: header.partCount, checksumAlgorithm: header.checksumAlgorithm, checksumType: header.checksumType)
    }
}

/// Sorts the names of an ascending scan into entries and common prefixes, and says when a page is full.
///
/// Invariant: every name seen lies above `query.after` and so does every common prefix; `last` is the last name handed out.
struct Grouping {
    enum Placing {
        /// The name stands for itself.
        case entry
        /// The name belongs to a common prefix.
        case grouped(ScanStep)
        /// The page was full before this name.
        case full
    }

    /// So many names of one common prefix are passed one by one before a seek: a seek costs as much as several steps.
    private static let stepsBeforeSeek = 4

    private let query: ListQuery
    private let scope: [UInt8]
    private let escapes: Bool
    private let countMax: Int
    private var count = 0
    private var steps = 0

    private(set) var commonPrefixes: [[UInt8]] = []
    private(set) var isFull = false
    private(set) var last: [UInt8]?
    private var group: [UInt8]?

    /// The keys to scan; nil when nothing can match.
    let range: KeyRange?

    /// `scope` is what precedes the names in ledger keys; `escapes` when names are escaped there.
    init(_ query: ListQuery, scope: [UInt8], escapes: Bool, from position: [UInt8]? = nil) {
        self.query = query
        self.scope = scope
        self.escapes = escapes
        self.countMax = min(query.countMax, ObjectsLimits.pageMax)
        let all = KeyRange.prefix(scope + (escapes ? ObjectKeys.escaped(query.prefix) : query.prefix))
        let start = position ?? Self.start(query, scope: scope, escapes: escapes)
        let lower = start.map { $0.lexicographicallyPrecedes(all.lower) ? all.lower : $0 } ?? all.lower
        let isEmpty = all.upper.map { !lower.lexicographicallyPrecedes($0) } ?? false
        self.range = countMax <= 0 || isEmpty ? nil : KeyRange(from: lower, to: all.upper)
    }

    /// The first ledger key above `after`, and above the common prefix that `after` lies in.
    private static func start(_ query: ListQuery, scope: [UInt8], escapes: Bool) -> [UInt8]? {
        guard let after = query.after else { return nil }
        if after.starts(with: query.prefix), let end = query.endOfGroup(after) {
            let group = Array(after[..<end])
            return KeyRange.successor(ofPrefix: scope + (escapes ? ObjectKeys.escaped(group) : group))
        }
        // An escaped name is followed by 00 01; 00 02 lies above it and below every longer name.
        return escapes ? scope + ObjectKeys.escaped(after) + [0x00, 0x02] : scope + after + [0x00]
    }

    /// `Name` is a whole name, not escaped.
    mutating func visit<Name: RandomAccessCollection<UInt8>>(_ name: Name) -> Placing where Name.Index == Int {
        if let group, name.starts(with: group) {
            steps += 1
            return .grouped(steps < Self.stepsBeforeSeek ? .next : seek(past: group))
        }
        if count == countMax {
            isFull = true
            return .full
        }
        count += 1
        guard let end = query.endOfGroup(name) else {
            // Copied only where it will be needed: for the last one of a page.
            if count == countMax { last = Array(name) }
            return .entry
        }
        let prefix = Array(name[name.startIndex..<end])
        commonPrefixes.append(prefix)
        group = prefix
        last = prefix
        steps = 0
        return .grouped(.next)
    }

    private func seek(past group: [UInt8]) -> ScanStep {
        let prefix = scope + (escapes ? ObjectKeys.escaped(group) : group)
        guard let target = KeyRange.successor(ofPrefix: prefix) else { return .stop }
        if let upper = range?.upper, !target.lexicographicallyPrecedes(upper) { return .stop }
        return .seek(target)
    }
}

extension ListQuery {
    /// Where the common prefix of `name` ends: behind the first delimiter after the query's prefix.
    func endOfGroup<Name: RandomAccessCollection<UInt8>>(_ name: Name) -> Int? where Name.Index == Int {
        guard let first = delimiter.first else { return nil }
        var index = name.startIndex + prefix.count
        let last = name.endIndex - delimiter.count
        while index <= last {
            if name[index] == first, delimiter.count == 1 || name[index..<index + delimiter.count].elementsEqual(delimiter) {
                return index + delimiter.count
            }
            index += 1
        }
        return nil
    }
}
