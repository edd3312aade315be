import Model
import Objects

/// What a bucket with versions should be: for each key its versions, oldest first, and listings by the definition.
struct VersionModel {
    struct Version {
        let id: VersionID
        let lsn: LSN
        /// Nil: a delete marker.
        let bytes: [UInt8]?
        var lock = ObjectLock.none
    }

    var status = VersioningStatus.never
    /// Ascending LSNs; the last one is current. Never empty.
    private(set) var keys: [[UInt8]: [Version]] = [:]

    func versions(_ key: [UInt8]) -> [Version] { keys[key] ?? [] }

    func current(_ key: [UInt8]) -> Version? { keys[key]?.last }

    func find(_ key: [UInt8], _ id: VersionID) -> Version? { versions(key).first { $0.id == id } }

    /// The id that a write at `lsn` gets.
    func id(at lsn: LSN) -> VersionID { status == .enabled ? .made(lsn) : .null }

    mutating func write(_ key: [UInt8], _ bytes: [UInt8]?, lsn: LSN, lock: ObjectLock = .none) {
        var versions = versions(key)
        switch status {
        case .never: versions = []
        // Of one commit only the last stays.
        case .enabled: if versions.last?.lsn == lsn { versions.removeLast() }
        case .suspended: versions.removeAll { $0.id == .null }
        }
        versions.append(Version(id: id(at: lsn), lsn: lsn, bytes: bytes, lock: lock))
        keys[key] = versions
    }

    mutating func remove(_ key: [UInt8], _ id: VersionID) {
        var versions = versions(key)
        versions.removeAll { $0.id == id }
        keys[key] = versions.isEmpty ? nil : versions
    }

    mutating func setLock(_ key: [UInt8], _ id: VersionID, _ lock: ObjectLock) {
        guard let index = keys[key]?.firstIndex(where: { $0.id == id }) else { return }
        keys[key]?[index].lock = lock
    }

    /// The newest version at or below a position.
    func asOf(_ key: [UInt8], _ lsn: LSN) -> Version? { versions(key).last { $0.lsn <= lsn } }

    /// The objects that listings show, now or as of a position.
    func objects(asOf lsn: LSN = LSN(.max)) -> DictionaryModel {
        var model = DictionaryModel()
        for key in keys.keys {
            guard let version = asOf(key, lsn), let bytes = version.bytes else { continue }
            model.objects[key] = DictionaryModel.Object(bytes: bytes, etag: ETag(""))
        }
        return model
    }

    struct Page: Equatable {
        var entries: [String] = []
        var prefixes: [[UInt8]] = []
        var next: VersionPage.Position?
    }

    static func text(_ key: [UInt8], _ id: VersionID, isLatest: Bool, isMarker: Bool) -> String {
        "\(String(decoding: key, as: UTF8.self)) \(id)\(isLatest ? " latest" : "")\(isMarker ? " marker" : "")"
    }

    /// By the definition: all items in order, those behind the marker, as many as fit.
    func page(_ query: VersionListQuery) -> Page {
        var page = Page()
        var count = 0
        guard query.keys.countMax > 0 else { return page }
        var last: (key: [UInt8], id: VersionID?)?
        for (key, id, text) in items(query.keys) where isBehind(query, key, id) {
            guard count < query.keys.countMax else {
                page.next = last.map { VersionPage.Position(key: $0.key, version: $0.id) }
                return page
            }
            if let text { page.entries.append(text) } else { page.prefixes.append(key) }
            last = (key, id)
            count += 1
        }
        return page
    }

    private func items(_ query: ListQuery) -> [(key: [UInt8], id: VersionID?, text: String?)] {
        var items: [(key: [UInt8], id: VersionID?, text: String?)] = []
        for key in keys.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where key.starts(with: query.prefix) {
            if let group = DictionaryModel.group(key, query) {
                if items.last?.key != group || items.last?.id != nil { items.append((group, nil, nil)) }
                continue
            }
            let versions = versions(key)
            for (index, version) in versions.enumerated().reversed() {
                let text = Self.text(key, version.id, isLatest: index == versions.count - 1, isMarker: version.bytes == nil)
                items.append((key, version.id, text))
            }
        }
        return items
    }

    private func isBehind(_ query: VersionListQuery, _ key: [UInt8], _ id: VersionID?) -> Bool {
        guard let after = query.keys.after else { return true }
        guard let id else { return after.lexicographicallyPrecedes(key) && !after.starts(with: key) }
        if key != after { return after.lexicographicallyPrecedes(key) }
        guard let marker = query.afterVersion, let lsn = find(key, id)?.lsn else { return false }
        switch marker {
        case .made(let position): return lsn < position
        case .null: return find(key, .null).map { lsn < $0.lsn } ?? true
        case .foreign: return true
        }
    }
}
