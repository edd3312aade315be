// A pattern is kept as bytes of UTF-8, in which what is not literal text stands as bytes that UTF-8 never has. So a `*` that
// was written as an escape, or that came out of a variable, is plain text and cannot be mistaken for a wildcard.

/// A text with `*` (any characters, or none) and `?` (one character), and with variables such as `${aws:username}`.
package struct WildcardPattern: Hashable, Sendable, CustomStringConvertible {
    /// As it is written.
    package let text: String
    let bytes: [UInt8]
    /// One for each `Mark.variable`, in their order.
    let variables: [PolicyVariable]
    let ignoresCase: Bool

    /// Bytes that UTF-8 never has.
    enum Mark {
        static let any: UInt8 = 0xFF
        static let one: UInt8 = 0xFE
        static let variable: UInt8 = 0xFD
        static let least: UInt8 = 0xFD
    }

    package var description: String { text }

    /// Whether it matches every text.
    package var matchesEverything: Bool { !bytes.isEmpty && bytes.allSatisfy { $0 == Mark.any } }

    /// Whether it matches one text only, which is known now: no wildcards, no variables.
    package var isFixed: Bool { bytes.allSatisfy { $0 < Mark.least } }

    func matches<Context: PolicyContext>(_ text: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        if !variables.isEmpty { return matchesExpanded(text, context) }
        return bytes.withUnsafeBufferPointer { Wildcards.match($0, text, ignoresCase: ignoresCase) }
    }

    /// Puts the variables' values in first. The room is on the stack unless text and pattern are long: an expansion that has
    /// more literal bytes than the text cannot match, so it is given up.
    private func matchesExpanded<Context: PolicyContext>(_ text: UnsafeBufferPointer<UInt8>, _ context: Context) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + text.count) { room in
            guard let count = expand(into: room, context) else { return false }
            return Wildcards.match(UnsafeBufferPointer(rebasing: room[..<count]), text, ignoresCase: ignoresCase)
        }
    }

    /// Nil when the room does not suffice or a variable has no value.
    private func expand<Context: PolicyContext>(into room: UnsafeMutableBufferPointer<UInt8>, _ context: Context) -> Int? {
        var count = 0
        var variable = 0
        for byte in bytes {
            if byte == Mark.variable {
                guard let written = variables[variable].write(into: room, from: count, context, ignoresCase: ignoresCase) else {
                    return nil
                }
                count += written
                variable += 1
            } else {
                guard count < room.count else { return nil }
                room[count] = byte
                count += 1
            }
        }
        return count
    }
}

extension WildcardPattern {
    /// Whether the pattern may match `text`, a variable standing for any text. For checks of a policy, not on a request's path.
    package func canMatch(_ text: String) -> Bool {
        let open = bytes.map { $0 == Mark.variable ? Mark.any : $0 }
        return open.withUnsafeBufferPointer { pattern in text.withBytes { Wildcards.match(pattern, $0, ignoresCase: ignoresCase) } }
    }

    /// Whether the pattern may match some text that begins with `prefix`, a variable standing for any text. Takes time that
    /// grows with the product of both lengths.
    package func canMatch(textBeginningWith prefix: String) -> Bool {
        let open = bytes.map { $0 == Mark.variable ? Mark.any : $0 }
        // The positions in the pattern that can be reached with what was read; whatever is left of it, some text goes on with.
        var reached = Self.afterStars(open, [0])
        for scalar in prefix.unicodeScalars {
            var next: Set<Int> = []
            let units = Array(String(scalar).utf8)
            for position in reached where position < open.count {
                if open[position] == Mark.any {
                    next.insert(position)
                } else if open[position] == Mark.one {
                    next.insert(position + 1)
                } else if Self.stands(units, at: position, in: open, ignoresCase: ignoresCase) {
                    next.insert(position + units.count)
                }
            }
            reached = Self.afterStars(open, next)
            if reached.isEmpty { return false }
        }
        return true
    }

    private static func afterStars(_ pattern: [UInt8], _ positions: Set<Int>) -> Set<Int> {
        var result = positions
        for position in positions {
            var next = position
            while next < pattern.count, pattern[next] == Mark.any {
                next += 1
                result.insert(next)
            }
        }
        return result
    }

    private static func stands(_ units: [UInt8], at position: Int, in pattern: [UInt8], ignoresCase: Bool) -> Bool {
        guard position + units.count <= pattern.count else { return false }
        return units.indices.allSatisfy { index in
            pattern[position + index] == (ignoresCase ? units[index].asciiLowercased : units[index])
        }
    }
}

/// The matcher itself.
enum Wildcards {
    /// Whether `pattern` (text and marks; in lower case when case is ignored) matches all of `text`, valid UTF-8.
    ///
    /// When a character differs, only what the last star took is tried anew: nothing that an earlier star takes can help, since
    /// what stands between two stars was found at its first place. The time is bounded by the product of both lengths, and
    /// is in practice that of reading the text once.
    static func match(_ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>, ignoresCase: Bool) -> Bool {
        var inPattern = 0
        var inText = 0
        var afterStar = -1
        var starEnd = 0
        while inText < text.count {
            if inPattern < pattern.count {
                let wanted = pattern[inPattern]
                if wanted == WildcardPattern.Mark.any {
                    inPattern += 1
                    if inPattern == pattern.count { return true }
                    (afterStar, starEnd) = (inPattern, inText)
                    continue
                }
                if wanted == WildcardPattern.Mark.one {
                    inPattern += 1
                    inText = nextScalar(in: text, after: inText)
                    continue
                }
                let byte = text[inText]
                if wanted == byte || (ignoresCase && wanted == byte.asciiLowercased) {
                    inPattern += 1
                    inText += 1
                    continue
                }
            }
            guard afterStar >= 0 else { return false }
            starEnd = nextScalar(in: text, after: starEnd)
            (inPattern, inText) = (afterStar, starEnd)
        }
        while inPattern < pattern.count, pattern[inPattern] == WildcardPattern.Mark.any { inPattern += 1 }
        return inPattern == pattern.count
    }

    /// `?` is one character, however many bytes it has.
    private static func nextScalar(in text: UnsafeBufferPointer<UInt8>, after index: Int) -> Int {
        var next = index + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

extension String {
    /// Lends the UTF-8, without a copy on the heap.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var text = self
        return text.withUTF8(body)
    }
}
