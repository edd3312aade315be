/// Looking for short ASCII texts in long ones, on paths where `String.contains` costs more than the request itself.
package enum ByteSearch {
    /// Whether `needle` stands anywhere in `text`, byte by byte.
    package static func contains(_ text: String, _ needle: StaticString) -> Bool {
        var text = text
        return text.withUTF8 { contains(UnsafeRawBufferPointer($0), needle) }
    }

    package static func contains(_ bytes: UnsafeRawBufferPointer, _ needle: StaticString) -> Bool {
        let wanted = UnsafeRawBufferPointer(start: needle.utf8Start, count: needle.utf8CodeUnitCount)
        guard let first = wanted.first, bytes.count >= wanted.count else { return wanted.isEmpty }
        for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
            if (1..<wanted.count).allSatisfy({ bytes[start + $0] == wanted[$0] }) { return true }
        }
        return false
    }
}
