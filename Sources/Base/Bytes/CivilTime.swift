import Model

/// A date and time of day in UTC, in the Gregorian calendar extended both ways. Years 0 to 9999, the ones that four digits can say.
struct CivilTime: Equatable {
    var year: Int
    /// 1 to 12.
    var month: Int
    /// 1 to 31.
    var day: Int
    var hour = 0
    var minute = 0
    /// 0 to 59: Unix time knows no leap seconds.
    var second = 0
    var millisecond = 0

    private static let millisecondsPerDay: Int64 = 86_400_000
    /// The Gregorian calendar repeats after 400 years, which are 146,097 days.
    private static let daysPerEra: Int64 = 146_097
    /// Days from 0000-03-01 to 1970-01-01.
    private static let daysToEpoch: Int64 = 719_468
    private static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
    private static let daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Whether every field is in its range and the month has that day.
    var isValid: Bool {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1 else { return false }
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return false }
        return day <= Self.daysInMonth[month - 1] + (month == 2 && Self.isLeap(year) ? 1 : 0)
    }

    /// 0 is Sunday.
    var weekday: Int {
        let days = daysSinceEpoch + 4
        return Int(days - Self.floorDivide(days, 7) * 7)
    }

    var timestamp: Timestamp {
        let inDay = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond
        return Timestamp(milliseconds: daysSinceEpoch * Self.millisecondsPerDay + Int64(inDay))
    }

    // Years are counted from March, so that the leap day is a year's last and month lengths follow one formula:
    // the months before month m (March is 0) have (153 * m + 2) / 5 days.
    private var daysSinceEpoch: Int64 {
        let fromMarch = Int64(month > 2 ? month - 3 : month + 9)
        let shiftedYear = Int64(month > 2 ? year : year - 1)
        let era = Self.floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * fromMarch + 2) / 5 + Int64(day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - Self.daysToEpoch
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }
}

extension CivilTime {
    /// Instants outside the years 0 to 9999 become the first or last of these.
    init(_ time: Timestamp) {
        let milliseconds = min(max(time.milliseconds, Self.range.lowerBound), Self.range.upperBound)
        let days = Self.floorDivide(milliseconds, Self.millisecondsPerDay)
        let inDay = Int(milliseconds - days * Self.millisecondsPerDay)
        let shifted = days + Self.daysToEpoch
        let era = Self.floorDivide(shifted, Self.daysPerEra)
        let dayOfEra = shifted - era * Self.daysPerEra
        // Takes off the leap days before that day: one each 1,460 days, but for centuries, except the last of the era.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = Int(fromMarch < 10 ? fromMarch + 3 : fromMarch - 9)
        self.init(
            year: Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), month: month, day: Int(dayOfYear - (153 * fromMarch + 2) / 5) + 1,
            hour: inDay / 3_600_000, minute: inDay / 60_000 % 60, second: inDay / 1000 % 60, millisecond: inDay % 1000)
    }
}
