import Model
import Objects

/// What a bucket should be: a dictionary, and listings by the definition.
struct DictionaryModel {
    struct Object {
        var bytes: [UInt8]
        var etag: ETag
    }

    var objects: [[UInt8]: Object] = [:]

    struct Page: Equatable {
        var keys: [[UInt8]] = []
        var prefixes: [[UInt8]] = []
        var next: [UInt8]?
    }

    func list(_ query: ListQuery) -> Page {
        var page = Page()
        guard query.countMax > 0 else { return page }
        var last: [UInt8]?
        for key in objects.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where key.starts(with: query.prefix) {
            let group = Self.group(key, query)
            let name = group ?? key
            if let after = query.after {
                guard after.lexicographicallyPrecedes(key), after.lexicographicallyPrecedes(name) || !after.starts(with: name) else {
                    continue
                }
                if let group, after.starts(with: group) { continue }
            }
            if let group, page.prefixes.last == group { continue }
            if page.keys.count + page.prefixes.count == query.countMax {
                page.next = last
                return page
            }
            if let group { page.prefixes.append(group) } else { page.keys.append(key) }
            last = name
        }
        return page
    }

    static func group(_ key: [UInt8], _ query: ListQuery) -> [UInt8]? {
        guard !query.delimiter.isEmpty else { return nil }
        var index = query.prefix.count
        while index + query.delimiter.count <= key.count {
            let end = index + query.delimiter.count
            if Array(key[index..<end]) == query.delimiter { return Array(key[..<end]) }
            index += 1
        }
        return nil
    }
}
