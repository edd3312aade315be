import Bytes
import Model

/// The date that a signed request carries in `Date`, or by version 2 also in `x-amz-date`.
enum SignedDate {
    /// How the mail libraries that clients write dates with name Greenwich's time. Source: RFC 5322, section 3.3.
    private static let zones = [" +0000", " -0000"]

    /// An HTTP date, or ISO 8601. Nil for anything else, and for a time before 1970, which no clock of a client shows.
    static func parse(_ text: String) -> Timestamp? {
        guard let time = httpDate(text) ?? ISO8601.parseBasic(text) ?? ISO8601.parse(text), time.milliseconds >= 0 else { return nil }
        return time
    }

    private static func httpDate(_ text: String) -> Timestamp? {
        let zone = zones.first { text.hasSuffix($0) }
        return HTTPDate.parse(zone.map { text.dropLast($0.count) + " GMT" } ?? text)
    }
}
