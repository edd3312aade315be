import Model

/// `yyyyMMdd'T'HHmmss'Z'`, the time of a signature, straight from and to bytes.
enum AmzDate {
    static let length = 16

    /// Nil unless exactly 16 bytes that name a real second of the years 1970 to 9999.
    static func parse(_ text: some RandomAccessCollection<UInt8>) -> Timestamp? {
        guard text.count == length else { return nil }
        var fields: (Int64, Int64, Int64, Int64, Int64, Int64) = (0, 0, 0, 0, 0, 0)
        for (index, byte) in text.enumerated() {
            switch index {
            case 8: guard byte == UInt8(ascii: "T") else { return nil }
            case 15: guard byte == UInt8(ascii: "Z") else { return nil }
            default:
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                let digit = Int64(byte - UInt8(ascii: "0"))
                switch index {
                case 0...3: fields.0 = fields.0 * 10 + digit
                case 4...5: fields.1 = fields.1 * 10 + digit
                case 6...7: fields.2 = fields.2 * 10 + digit
                case 9...10: fields.3 = fields.3 * 10 + digit
                case 11...12: fields.4 = fields.4 * 10 + digit
                default: fields.5 = fields.5 * 10 + digit
                }
            }
        }
        let (year, month, day, hour, minute, second) = fields
        guard year >= 1970, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        guard civil(days: days) == (year, month, day) else { return nil }
        return Timestamp(seconds: days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    static func format(_ time: Timestamp) -> [UInt8] {
        let (days, rest) = time.seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(days: days)
        var text: [UInt8] = []
        text.reserveCapacity(length)
        append(year, digits: 4, to: &text)
        append(month, digits: 2, to: &text)
        append(day, digits: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(rest / 3600, digits: 2, to: &text)
        append(rest / 60 % 60, digits: 2, to: &text)
        append(rest % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "Z"))
        return text
    }

    /// `yyyy-MM-dd'T'HH:mm:ss'Z'`, as error bodies name times.
    static func formatExtended(_ time: Timestamp) -> String {
        var text = format(time)
        text.insert(UInt8(ascii: ":"), at: 13)
        text.insert(UInt8(ascii: ":"), at: 11)
        text.insert(UInt8(ascii: "-"), at: 6)
        text.insert(UInt8(ascii: "-"), at: 4)
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
        var scale: Int64 = digits == 4 ? 1000 : 10
        while scale > 0 {
            text.append(UInt8(ascii: "0") + UInt8(number / scale % 10))
            scale /= 10
        }
    }

    /// The proleptic Gregorian calendar with years that begin in March, so that the leap day comes last.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
