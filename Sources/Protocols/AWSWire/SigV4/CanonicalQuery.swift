/// A query in canonical form: each name and value decoded, encoded again in the one canonical way, kept in one flat buffer.
///
/// A parameter without `=` has an empty value; empty parameters (`a&&b`) do not count; `+` is a space, as S3 reads it.
struct CanonicalQuery: Sendable {
    struct Item: Sendable {
        let nameStart: Int
        /// The name's end and the value's start.
        let split: Int
        let end: Int
    }

    private(set) var bytes: [UInt8] = []
    /// In the order sent.
    private(set) var items: [Item] = []

    init(rawQuery: String) {
        guard !rawQuery.isEmpty else { return }
        var rawQuery = rawQuery
        rawQuery.withUTF8 { raw in
            bytes.reserveCapacity(raw.count + raw.count / 4)
            items.reserveCapacity(12)
            var start = 0
            while start < raw.count {
                let end = raw[start...].firstIndex(of: UInt8(ascii: "&")) ?? raw.count
                if end > start { append(UnsafeBufferPointer(rebasing: raw[start..<end])) }
                start = end + 1
            }
        }
    }

    private mutating func append(_ pair: UnsafeBufferPointer<UInt8>) {
        let nameStart = bytes.count
        let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.count
        CanonicalEncoding.reencode(UnsafeBufferPointer(rebasing: pair[..<equals]), plusIsSpace: true, to: &bytes)
        let split = bytes.count
        if equals < pair.count {
            CanonicalEncoding.reencode(UnsafeBufferPointer(rebasing: pair[(equals + 1)...]), plusIsSpace: true, to: &bytes)
        }
        items.append(Item(nameStart: nameStart, split: split, end: bytes.count))
    }

    /// Whether an item's name is this one (unreserved characters only, so that its canonical form is itself).
    func name(of item: Item, is name: StaticString) -> Bool {
        item.split - item.nameStart == name.utf8CodeUnitCount
            && bytes.withUnsafeBufferPointer { all in
                (0..<name.utf8CodeUnitCount).allSatisfy { all[item.nameStart + $0] == name.utf8Start[$0] }
            }
    }

    /// Against a lower-case header name, whose characters are all unreserved.
    func isName(of item: Item, equalIgnoringCase name: String) -> Bool {
        guard item.split - item.nameStart == name.utf8.count else { return false }
        return zip(bytes[item.nameStart..<item.split], name.utf8).allSatisfy { sent, lower in
            sent == lower || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(sent) && sent | 0x20 == lower)
        }
    }

    /// The value with its escapes decoded.
    func value(of item: Item) -> [UInt8] {
        CanonicalEncoding.decode(bytes[item.split..<item.end])
    }

    /// Appends `name=value&...` sorted by the encoded bytes of name, then of value.
    func appendSorted(to output: inout [UInt8], leavingOut signature: Bool) {
        bytes.withUnsafeBufferPointer { all in
            var isFirst = true
            for item in items.sorted(by: { Self.precedes($0, $1, in: all) })
            where !(signature && name(of: item, is: "X-Amz-Signature")) {
                if !isFirst { output.append(UInt8(ascii: "&")) }
                isFirst = false
                output.append(contentsOf: UnsafeBufferPointer(rebasing: all[item.nameStart..<item.split]))
                output.append(UInt8(ascii: "="))
                output.append(contentsOf: UnsafeBufferPointer(rebasing: all[item.split..<item.end]))
            }
        }
    }

    private static func precedes(_ a: Item, _ b: Item, in all: UnsafeBufferPointer<UInt8>) -> Bool {
        let names = compare(all, a.nameStart..<a.split, b.nameStart..<b.split)
        if names != 0 { return names < 0 }
        return compare(all, a.split..<a.end, b.split..<b.end) < 0
    }

    private static func compare(_ all: UnsafeBufferPointer<UInt8>, _ a: Range<Int>, _ b: Range<Int>) -> Int {
        for offset in 0..<min(a.count, b.count) {
            let difference = Int(all[a.lowerBound + offset]) - Int(all[b.lowerBound + offset])
            if difference != 0 { return difference }
        }
        return a.count - b.count
    }
}
