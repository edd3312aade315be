/// Looking into texts byte by byte, on paths where the standard library's general ways cost more than the request itself.
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

    /// The pieces between separators, without empty ones.
    package static func split(_ bytes: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        bytes.withUnsafeBufferPointer { all in
            var start = 0
            for index in 0...all.count where index == all.count || all[index] == separator {
                if index > start { pieces.append(bytes[bytes.startIndex + start..<bytes.startIndex + index]) }
                start = index + 1
            }
        }
        return pieces
    }
}
