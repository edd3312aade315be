import Bytes

/// The parameters of a URL's query (S3), decoded when asked for. `?uploads` is a parameter without value; `+` is a space.
package struct QueryItems: Sendable {
    private struct Item: Sendable {
        let start: Int
        /// Where the name ends: at `=`, or at `end` when there is none.
        let split: Int
        let end: Int
        var hasValue: Bool { split < end }
    }

    private let raw: [UInt8]
    private let items: [Item]

    /// Empty parameters (`a&&b`) do not count.
    package init(rawQuery: String) {
        let raw = Array(rawQuery.utf8)
        var items: [Item] = []
        var start = 0
        while start < raw.count {
            let end = raw[start...].firstIndex(of: UInt8(ascii: "&")) ?? raw.count
            if end > start {
                items.append(Item(start: start, split: raw[start..<end].firstIndex(of: UInt8(ascii: "=")) ?? end, end: end))
            }
            start = end + 1
        }
        self.raw = raw
        self.items = items
    }

    package var isEmpty: Bool { items.isEmpty }

    /// Present, with or without value.
    package func contains(_ name: StaticString) -> Bool { items.contains { isName($0, name) } }

    /// The first of that name, decoded: "" without a value; nil when absent, not UTF-8 or a broken escape (see `isWellFormed`).
    package func value(_ name: StaticString) -> String? {
        items.first { isName($0, name) }.flatMap { valueBytes($0) }.flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// All, decoded, in their order. The value is nil where there was no `=`. Ill-formed ones are left out.
    package var all: [(name: String, value: String?)] {
        items.compactMap { item in
            guard let name = decode(item.start..<item.split), let value = valueBytes(item) else { return nil }
            guard let name = String(validating: name, as: UTF8.self), let value = String(validating: value, as: UTF8.self) else {
                return nil
            }
            return (name, item.hasValue ? value : nil)
        }
    }

    /// Whether every name and value is validly percent-encoded UTF-8.
    package var isWellFormed: Bool { all.count == items.count }

    private func isName(_ item: Item, _ name: StaticString) -> Bool {
        let sent = raw[item.start..<item.split]
        if HeaderText.equals(sent, name) { return true }
        guard sent.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return false }
        return decode(item.start..<item.split).map { HeaderText.equals($0, name) } ?? false
    }

    private func valueBytes(_ item: Item) -> [UInt8]? {
        item.hasValue ? decode((item.split + 1)..<item.end) : []
    }

    private func decode(_ range: Range<Int>) -> [UInt8]? {
        let sent = raw[range]
        guard sent.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return Array(sent) }
        return FormDecoding.decode(sent)
    }
}

/// Percent-decoding with `+` for a space, over bytes that need not be UTF-8.
enum FormDecoding {
    /// Nil on a broken escape.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexValue, let low = bytes[index + 2].hexValue
                else { return nil }
                result.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+"):
                result.append(UInt8(ascii: " "))
                index += 1
            default:
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
