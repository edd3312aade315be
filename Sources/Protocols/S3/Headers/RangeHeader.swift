/// One `bytes` range of a `Range` header. Anything else (several ranges, another unit, broken syntax) counts as no range,
/// and the whole object is answered, as AWS does.
///
/// Source: RFC 9110, section 14.1.2
package enum RangeHeader: Sendable, Equatable {
    case closed(first: Int64, last: Int64)
    case from(Int64)
    case suffix(Int64)

    package init?(_ text: String) {
        let bytes = text.utf8
        let unit = "bytes="
        guard bytes.count > unit.utf8.count, bytes.prefix(unit.utf8.count).elementsEqual(unit.utf8) else { return nil }
        let spec = bytes.dropFirst(unit.utf8.count)
        guard let dash = spec.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let head = spec[..<dash]
        let tail = spec[spec.index(after: dash)...]
        if head.isEmpty {
            guard let count = Self.number(tail) else { return nil }
            self = .suffix(count)
        } else if tail.isEmpty {
            guard let first = Self.number(head) else { return nil }
            self = .from(first)
        } else {
            guard let first = Self.number(head), let last = Self.number(tail), first <= last else { return nil }
            self = .closed(first: first, last: last)
        }
    }

    /// The bytes meant of an object that is `size` long; nil when there are none (416).
    package func resolve(size: Int64) -> Range<Int64>? {
        switch self {
        case .closed(let first, let last):
            first < size ? first..<(min(last, size - 1) + 1) : nil
        case .from(let first):
            first < size ? first..<size : nil
        case .suffix(let count):
            count > 0 && size > 0 ? (size - min(count, size))..<size : nil
        }
    }

    /// Decimal digits only; a number past 63 bits counts as the largest one.
    static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        var saturated = false
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            saturated = saturated || overflow || carry
            value = sum
        }
        return saturated ? .max : value
    }
}

/// `x-amz-copy-source-range`: exactly `bytes=first-last`.
package enum CopySourceRange {
    /// Throws `InvalidArgument` for any other form.
    package static func parse(_ text: String) throws(S3Error) -> ClosedRange<Int64> {
        guard case .closed(let first, let last)? = RangeHeader(text) else {
            throw .invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                    + "zero-based offsets of the first and last bytes to copy", name: "x-amz-copy-source-range", value: text)
        }
        return first...last
    }
}
