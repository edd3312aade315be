#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

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

    /// Whether two texts are the same bytes; `==` asks by Unicode's equivalence.
    package static func equal(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        var (a, b) = (a, b)
        return a.withUTF8 { a in
            b.withUTF8 { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return true }
                return memcmp(first, second, a.count) == 0
            }
        }
    }

    package static func starts(_ text: String, with prefix: StaticString) -> Bool {
        guard text.utf8.count >= prefix.utf8CodeUnitCount else { return false }
        var text = text
        return text.withUTF8 { text in
            guard let start = text.baseAddress else { return true }
            return memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        }
    }

    /// How many of the bytes from `start` on are plain in JSON: ASCII, no control characters, neither quote nor backslash. What texts
    /// mostly are made of, found in steps of eight; a byte that is not plain is for the caller to look at.
    package static func plainCount(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        count(bytes, from: start) { word in odd(word) | has(UInt8(ascii: "\""), word) | has(UInt8(ascii: "\\"), word) }
    }

    /// The same for XML: ASCII, no control characters, none of `&`, `<`, `>` and the quote.
    package static func plainXMLCount(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        count(bytes, from: start) { word in
            odd(word) | has(UInt8(ascii: "&"), word) | has(UInt8(ascii: "<"), word) | has(UInt8(ascii: ">"), word)
                | has(UInt8(ascii: "\""), word)
        }
    }

    /// `special` raises the top bits of bytes that are not plain, and of others at most where it raised one below.
    @inline(__always)
    private static func count(_ bytes: UnsafeRawBufferPointer, from start: Int, _ special: (UInt64) -> UInt64) -> Int {
        let step = MemoryLayout<UInt64>.size
        var index = start
        while index + step <= bytes.count, special(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) & tops == 0 {
            index += step
        }
        // What follows a byte in the word is no byte of the text: all plain.
        while index < bytes.count, special(UInt64(bytes[index]) | each << 8 &* 0x20) & tops == 0 { index += 1 }
        return index - start
    }

    private static let each: UInt64 = 0x0101_0101_0101_0101
    private static let tops = each &* 0x80

    /// Bytes below 0x20 and from 0x7F on: a byte's top bit rises where it is less than what is subtracted, or was set before.
    @inline(__always)
    private static func odd(_ word: UInt64) -> UInt64 { word | (word &- each &* 0x20) | has(0x7F, word) }

    @inline(__always)
    private static func has(_ byte: UInt8, _ word: UInt64) -> UInt64 {
        let difference = word ^ each &* UInt64(byte)
        return (difference &- each) & ~difference
    }

    /// The pieces between separators, without empty ones.
    package static func split(_ bytes: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        bytes.withUnsafeBufferPointer { all in
            guard let first = all.baseAddress else { return [] }
            var pieces: [ArraySlice<UInt8>] = []
            // More than most texts that are split here have.
            pieces.reserveCapacity(8)
            var start = 0
            while start < all.count {
                let found = memchr(first + start, Int32(separator), all.count - start)
                let end = found.map { UnsafeRawPointer(first).distance(to: UnsafeRawPointer($0)) } ?? all.count
                if end > start { pieces.append(bytes[bytes.startIndex + start..<bytes.startIndex + end]) }
                start = end + 1
            }
            return pieces
        }
    }
}
