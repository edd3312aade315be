import Bytes
import Logging
import Model

/// How a log line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `time=... level=info message="..." key=value`
    case logfmt
    /// One JSON object per line.
    case json

    /// One line, with its line feed.
    package func line(time: Timestamp, level: Logger.Level, message: String, metadata: [(key: String, value: String)]) -> String {
        let fixed = [("time", ISO8601.format(time)), ("level", level.rawValue), ("message", message)]
        switch self {
        case .logfmt: return (fixed + metadata).map { "\($0.0)=\(Self.logfmtValue($0.1))" }.joined(separator: " ") + "\n"
        case .json: return "{" + (fixed + metadata).map { "\(Self.quoted($0.0)):\(Self.quoted($0.1))" }.joined(separator: ",") + "}\n"
        }
    }

    private static func logfmtValue(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        return isPlain ? text : quoted(text)
    }

    /// A JSON string: also what logfmt readers expect between quotes. Control characters, those above ASCII and Unicode's line ends too,
    /// cannot end the line or speak to a terminal.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029 {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
