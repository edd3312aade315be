import Model

/// The two shapes of ISO 8601 that AWS uses. Source: RFC 3339; the Signature Version 4 reference.
package enum ISO8601 {
    /// `2026-01-02T03:04:05.678Z`.
    package static func format(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        return DateWriter.text(capacity: 24) { text in
            text.put(civil.year, digits: 4)
            text.put("-")
            text.put(civil.month, digits: 2)
            text.put("-")
            text.put(civil.day, digits: 2)
            text.put("T")
            text.put(civil.hour, digits: 2)
            text.put(":")
            text.put(civil.minute, digits: 2)
            text.put(":")
            text.put(civil.second, digits: 2)
            text.put(".")
            text.put(civil.millisecond, digits: 3)
            text.put("Z")
        }
    }

    /// `20260102T030405Z`, as in `x-amz-date`. Its first eight characters are the date of a credential's scope.
    package static func formatBasic(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        return DateWriter.text(capacity: 16) { text in
            text.put(civil.year, digits: 4)
            text.put(civil.month, digits: 2)
            text.put(civil.day, digits: 2)
            text.put("T")
            text.put(civil.hour, digits: 2)
            text.put(civil.minute, digits: 2)
            text.put(civil.second, digits: 2)
            text.put("Z")
        }
    }

    /// The extended form, with or without a fraction (cut to milliseconds), with `Z` or an offset as `+02:00`.
    package static func parse(_ text: String) -> Timestamp? {
        withUTF8(of: text) { bytes in
            var text = DateScanner(bytes)
            guard let year = text.number(4), text.skip("-"), let month = text.number(2), text.skip("-"), let day = text.number(2) else {
                return nil
            }
            guard text.skip("T"), let hour = text.number(2), text.skip(":"), let minute = text.number(2) else { return nil }
            guard text.skip(":"), let second = text.number(2) else { return nil }
            var civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
            if text.skip(".") {
                guard let milliseconds = text.fraction() else { return nil }
                civil.millisecond = milliseconds
            }
            guard let offset = offsetMinutes(&text), text.isAtEnd, civil.isValid else { return nil }
            return Timestamp(milliseconds: civil.timestamp.milliseconds - Int64(offset) * 60_000)
        }
    }

    /// The basic form, always in UTC.
    package static func parseBasic(_ text: String) -> Timestamp? {
        withUTF8(of: text) { bytes in
            var text = DateScanner(bytes)
            guard let year = text.number(4), let month = text.number(2), let day = text.number(2), text.skip("T") else { return nil }
            guard let hour = text.number(2), let minute = text.number(2), let second = text.number(2), text.skip("Z") else { return nil }
            let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
            return text.isAtEnd && civil.isValid ? civil.timestamp : nil
        }
    }

    private static func offsetMinutes(_ text: inout DateScanner) -> Int? {
        if text.skip("Z") { return 0 }
        let sign = text.skip("+") ? 1 : text.skip("-") ? -1 : 0
        guard sign != 0, let hours = text.number(2), text.skip(":"), let minutes = text.number(2) else { return nil }
        guard hours <= 23, minutes <= 59 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
