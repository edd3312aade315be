import Model

/// Dates of HTTP headers. Source: RFC 9110, section 5.6.7.
package enum HTTPDate {
    private static let shortDays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longDays: [StaticString] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`. Milliseconds are cut off.
    package static func format(_ time: Timestamp) -> String {
        let civil = CivilTime(time)
        return DateWriter.text(capacity: 29) { text in
            text.put(shortDays[civil.weekday])
            text.put(", ")
            text.put(civil.day, digits: 2)
            text.put(" ")
            text.put(months[civil.month - 1])
            text.put(" ")
            text.put(civil.year, digits: 4)
            text.put(" ")
            text.put(civil.hour, digits: 2)
            text.put(":")
            text.put(civil.minute, digits: 2)
            text.put(":")
            text.put(civil.second, digits: 2)
            text.put(" GMT")
        }
    }

    /// The preferred form, that of RFC 850 (`Sunday, 06-Nov-94 08:49:37 GMT`) and that of C's `asctime`
    /// (`Sun Nov  6 08:49:37 1994`). A weekday must be one, but need not be that day's, as other servers have it. A year of
    /// two digits lies in 1970...2069: the specification's moving window would need a clock.
    package static func parse(_ text: String) -> Timestamp? {
        withUTF8(of: text) { bytes in
            guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else { return parseAsctime(DateScanner(bytes)) }
            return comma == 3 ? parsePreferred(DateScanner(bytes)) : parseRFC850(DateScanner(bytes))
        }
    }

    private static func parsePreferred(_ start: DateScanner) -> Timestamp? {
        var text = start
        guard text.name(of: shortDays) != nil, text.skip(", "), let day = text.number(2), text.skip(" ") else { return nil }
        guard let month = text.name(of: months), text.skip(" "), let year = text.number(4), text.skip(" ") else { return nil }
        var civil = CivilTime(year: year, month: month + 1, day: day)
        guard timeOfDay(&text, into: &civil), text.skip(" GMT") else { return nil }
        return finish(civil, text)
    }

    private static func parseRFC850(_ start: DateScanner) -> Timestamp? {
        var text = start
        guard text.name(of: longDays) != nil, text.skip(", "), let day = text.number(2), text.skip("-") else { return nil }
        guard let month = text.name(of: months), text.skip("-"), let year = text.number(2), text.skip(" ") else { return nil }
        var civil = CivilTime(year: year < 70 ? 2000 + year : 1900 + year, month: month + 1, day: day)
        guard timeOfDay(&text, into: &civil), text.skip(" GMT") else { return nil }
        return finish(civil, text)
    }

    private static func parseAsctime(_ start: DateScanner) -> Timestamp? {
        var text = start
        guard text.name(of: shortDays) != nil, text.skip(" "), let month = text.name(of: months), text.skip(" ") else { return nil }
        guard let day = text.skip(" ") ? text.number(1) : text.number(2), text.skip(" ") else { return nil }
        var civil = CivilTime(year: 0, month: month + 1, day: day)
        guard timeOfDay(&text, into: &civil), text.skip(" "), let year = text.number(4) else { return nil }
        civil.year = year
        return finish(civil, text)
    }

    private static func timeOfDay(_ text: inout DateScanner, into civil: inout CivilTime) -> Bool {
        guard let hour = text.number(2), text.skip(":"), let minute = text.number(2), text.skip(":"), let second = text.number(2) else {
            return false
        }
        civil.hour = hour
        civil.minute = minute
        civil.second = second
        return true
    }

    private static func finish(_ civil: CivilTime, _ text: DateScanner) -> Timestamp? {
        text.isAtEnd && civil.isValid ? civil.timestamp : nil
    }
}
