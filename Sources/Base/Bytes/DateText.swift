// A scanner and a writer for texts of fixed shape. Dates stand in every answer: no format strings, no locale.

/// Reads a text from its front; every step answers nil (or false) and leaves the rest undefined when the text differs.
struct DateScanner {
    private let text: UnsafeBufferPointer<UInt8>
    private var next = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    var isAtEnd: Bool { next == text.count }
    var peek: UInt8? { next < text.count ? text[next] : nil }

    mutating func skip(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard text.count - next >= count else { return false }
        for index in 0..<count where text[next + index] != expected.utf8Start[index] { return false }
        next += count
        return true
    }

    /// Exactly `digits` digits.
    mutating func number(_ digits: Int) -> Int? {
        guard text.count - next >= digits else { return nil }
        var value = 0
        for _ in 0..<digits {
            guard text[next].isDigit else { return nil }
            value = value * 10 + Int(text[next] - UInt8(ascii: "0"))
            next += 1
        }
        return value
    }

    /// The index of the name that stands here. Case counts. Longer names that begin like shorter ones come first.
    mutating func name(of names: [StaticString]) -> Int? {
        names.firstIndex { skip($0) }
    }

    /// One or more digits after the point, cut to milliseconds.
    mutating func fraction() -> Int? {
        var scale = 100
        var milliseconds = 0
        let start = next
        while let byte = peek, byte.isDigit {
            milliseconds += Int(byte - UInt8(ascii: "0")) * scale
            scale /= 10
            next += 1
        }
        return next > start ? milliseconds : nil
    }
}

/// Writes into a buffer that is large enough.
struct DateWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private var next = 0

    /// A text of at most `capacity` bytes.
    static func text(capacity: Int, _ write: (inout DateWriter) -> Void) -> String {
        String(unsafeUninitializedCapacity: capacity) { buffer in
            var writer = DateWriter(buffer: buffer)
            write(&writer)
            return writer.next
        }
    }

    private init(buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    mutating func put(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount {
            buffer[next] = text.utf8Start[index]
            next += 1
        }
    }

    /// `digits` digits with leading zeros.
    mutating func put(_ number: Int, digits: Int) {
        var rest = number
        for index in stride(from: next + digits - 1, through: next, by: -1) {
            buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        next += digits
    }
}
