import Bytes
import Model
import Testing

@Suite struct DateTests {
    /// RFC 9110, section 5.6.7: one instant in three shapes.
    @Test func httpDatesOfTheSpecification() {
        let instant = Timestamp(seconds: 784_111_777)
        #expect(HTTPDate.format(instant) == "Sun, 06 Nov 1994 08:49:37 GMT")
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(HTTPDate.parse(text) == instant, "\(text)")
        }
        #expect(HTTPDate.parse("Wed Nov 16 08:49:37 1994") == Timestamp(seconds: 784_975_777))
        #expect(HTTPDate.parse("Thursday, 01-Jan-70 00:00:00 GMT") == Timestamp(seconds: 0))
    }

    @Test(arguments: [
        "", "Sun", "Sun,", ",", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT", "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:3７ GMT",
    ])
    func httpDatesAreStrict(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test func isoDates() {
        let instant = Timestamp(milliseconds: 1_767_323_045_678)
        #expect(ISO8601.format(instant) == "2026-01-02T03:04:05.678Z")
        #expect(ISO8601.formatBasic(instant) == "20260102T030405Z")
        #expect(ISO8601.parse("2026-01-02T03:04:05.678Z") == instant)
        #expect(ISO8601.parse("2026-01-02T05:04:05.678+02:00") == instant)
        #expect(ISO8601.parse("2026-01-01T21:34:05.678999-05:30") == instant, "digits past the third are cut off")
        #expect(ISO8601.parse("2026-01-02T03:04:05Z") == Timestamp(seconds: 1_767_323_045))
        #expect(ISO8601.parse("2026-01-02T03:04:05.6Z") == Timestamp(milliseconds: 1_767_323_045_600))
        #expect(ISO8601.parseBasic("20260102T030405Z") == Timestamp(seconds: 1_767_323_045))
        #expect(ISO8601.parse("1969-12-31T23:59:59.999Z") == Timestamp(milliseconds: -1))
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z", "2026-01-02T03:04Z", "2026-1-02T03:04:05Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02t03:04:05z", "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-01-02T24:04:05Z",
        "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+02:60", "2026-01-02T03:04:05Z ", "20260102T030405Z",
        "-026-01-02T03:04:05Z",
    ])
    func isoDatesAreStrict(text: String) {
        #expect(ISO8601.parse(text) == nil)
    }

    @Test(arguments: [
        "", "20260102T030405", "20260102T030405z", "20260102 030405Z", "20260229T030405Z", "2026-01-02T03:04:05Z", "20260102T030405ZZ",
    ])
    func basicDatesAreStrict(text: String) {
        #expect(ISO8601.parseBasic(text) == nil)
    }

    /// Counted on from day to day by the school rule, over the whole range of four digits.
    @Test func everyDayOfTenThousandYears() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // 0000-01-01, 719,528 days before 1970.
        var day: Int64 = -719_528
        var wrong: [String] = []
        for year in 0...9999 {
            let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
            for month in 1...12 {
                let last = month == 2 && isLeap ? 29 : lengths[month - 1]
                for date in [1, 15, last] {
                    let instant = Timestamp(seconds: (day + Int64(date) - 1) * 86_400)
                    let text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(date, 2))T00:00:00.000Z"
                    if ISO8601.format(instant) != text || ISO8601.parse(text) != instant { wrong.append(text) }
                }
                if ISO8601.parse("\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(last + 1)T00:00:00.000Z") != nil {
                    wrong.append("\(year) \(month)")
                }
                day += Int64(last)
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
        #expect(day == 2_932_897, "10000-01-01")
    }

    static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: digits - text.count) + text
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func instantsRoundTrip(seed: UInt64) {
        var random = Seeded(seed: seed)
        for _ in 0..<2000 {
            let instant = Timestamp(milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
            let whole = Timestamp(seconds: instant.seconds)
            #expect(ISO8601.parse(ISO8601.format(instant)) == instant, "seed \(seed)")
            #expect(ISO8601.parseBasic(ISO8601.formatBasic(instant)) == whole, "seed \(seed)")
            #expect(HTTPDate.parse(HTTPDate.format(instant)) == whole, "seed \(seed)")
        }
    }

    @Test func weekdaysGoRound() {
        let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        for day in -800_000..<800_000 where day % 997 == 0 {
            let instant = Timestamp(seconds: Int64(day) * 86_400)
            if ISO8601.format(instant).hasPrefix("0000-01-01") { continue }
            #expect(HTTPDate.format(instant).hasPrefix(names[((day % 7) + 7) % 7]), "day \(day)")
        }
    }

    /// Texts near valid ones are taken or refused, never trapped on.
    @Test func brokenTextsAreSafe() {
        var random = Seeded(seed: 3)
        let texts = [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "2026-01-02T03:04:05.678+02:00",
        ]
        for _ in 0..<20_000 {
            var bytes = Array(texts.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[index] = UInt8.random(in: 32...126, using: &random)
                } else {
                    bytes.removeSubrange(index...)
                }
                if bytes.isEmpty { break }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let time = HTTPDate.parse(text) { #expect(HTTPDate.parse(HTTPDate.format(time)) == time, "\(text)") }
            if let time = ISO8601.parse(text) { #expect(ISO8601.parse(ISO8601.format(time)) == time, "\(text)") }
        }
    }

    @Test func farInstantsAreClamped() {
        #expect(ISO8601.format(Timestamp(milliseconds: .max)) == "9999-12-31T23:59:59.999Z")
        #expect(ISO8601.format(Timestamp(milliseconds: .min)) == "0000-01-01T00:00:00.000Z")
    }
}
