import Bytes
import Model

/// The values one by one, and in the form that an operator compares.
extension ConditionValues {
    /// How many values the request has.
    var count: Int {
        switch self {
        case .absent: 0
        case .text, .time, .integer, .bool: 1
        case .texts(let texts): texts.count
        }
    }

    /// A value that can stand in a text: nil when there are none or several.
    var singleText: String? {
        switch self {
        case .absent: nil
        case .texts(let texts): texts.count == 1 ? texts[0] : nil
        default: text(at: 0)
        }
    }

    /// All values as texts, for explanations.
    package var allTexts: [String] { (0..<count).map(text(at:)) }

    func text(at index: Int) -> String {
        switch self {
        case .absent: ""
        case .text(let text): text
        case .time(let time): ISO8601.format(time)
        case .integer(let integer): String(integer)
        case .bool(let bool): bool ? "true" : "false"
        case .texts(let texts): texts[index]
        }
    }

    /// A time counts as seconds since 1970, as `aws:EpochTime` does.
    func number(at index: Int) -> PolicyNumber? {
        switch self {
        case .integer(let integer): .integer(integer)
        case .time(let time): .integer(time.seconds)
        default: PolicyNumber(text(at: index))
        }
    }

    /// Milliseconds since 1970.
    func date(at index: Int) -> Int64? {
        switch self {
        case .time(let time): time.milliseconds
        case .integer(let seconds): seconds.multipliedReportingOverflow(by: 1000).overflow ? nil : seconds * 1000
        default: PolicyDate.milliseconds(text(at: index))
        }
    }

    func bool(at index: Int) -> Bool? {
        if case .bool(let bool) = self { return bool }
        return Self.bool(text(at: index))
    }

    /// `true` or `false`, in any case.
    static func bool(_ text: String) -> Bool? {
        text.withBytes { bytes in
            if equals(bytes, "true") { return true }
            return equals(bytes, "false") ? false : nil
        }
    }

    private static func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        for index in bytes.indices where bytes[index].asciiLowercased != lowercase.utf8Start[index] { return false }
        return true
    }
}

/// A number of a policy or a request: exact when whole, else as a floating-point number.
package enum PolicyNumber: Hashable, Sendable, Comparable {
    case integer(Int64)
    case decimal(Double)

    /// Digits with a sign, a fraction and an exponent, no white space; nil for all else and for what is not finite.
    package init?(_ text: String) {
        if let integer = Int64(text) {
            self = .integer(integer)
        } else if let first = text.utf8.first, first != UInt8(ascii: "+") || text.utf8.count > 1,
            text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 || "+-.eE".utf8.contains($0) }), let decimal = Double(text),
            decimal.isFinite
        {
            self = .decimal(decimal)
        } else {
            return nil
        }
    }

    private var double: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .decimal(let decimal): decimal
        }
    }

    package static func == (a: PolicyNumber, b: PolicyNumber) -> Bool {
        if case .integer(let first) = a, case .integer(let second) = b { return first == second }
        return a.double == b.double
    }

    package static func < (a: PolicyNumber, b: PolicyNumber) -> Bool {
        if case .integer(let first) = a, case .integer(let second) = b { return first < second }
        return a.double < b.double
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(double) }
}

/// The dates that policies may hold: W3C's profile of ISO 8601 (a year, a month, a day, or a time) and seconds since 1970.
///
/// Source: IAM User Guide, "Date condition operators"; https://www.w3.org/TR/NOTE-datetime.
enum PolicyDate {
    /// Four digits are a year; more or fewer are seconds since 1970.
    static func milliseconds(_ text: String) -> Int64? {
        if text.utf8.count != 4, let seconds = Int64(text) {
            let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : milliseconds
        }
        return ISO8601.parse(completed(text))?.milliseconds
    }

    /// What the short forms leave out: `2026-05` is the first of May, midnight in UTC.
    private static func completed(_ text: String) -> String {
        switch text.utf8.count {
        case 4: return text + "-01-01T00:00:00Z"
        case 7: return text + "-01T00:00:00Z"
        case 10: return text + "T00:00:00Z"
        default: break
        }
        // Hours and minutes without seconds: the zone stands where the second colon would.
        let bytes = Array(text.utf8)
        guard bytes.count >= 17, bytes[16] != UInt8(ascii: ":") else { return text }
        return String(decoding: bytes[..<16], as: UTF8.self) + ":00" + String(decoding: bytes[16...], as: UTF8.self)
    }
}
