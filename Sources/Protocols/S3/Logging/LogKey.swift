import Bytes
import Model
import Objects

/// The key of a log object.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html#server-log-keyname-format
struct LogKey {
    let source: Bucket
    let log: LoggingConfiguration
    /// Of the requests, `yyyy-MM-dd`; empty where the key says the time of delivery.
    let day: String
    let now: Timestamp
    let unique: UInt64

    var text: String {
        let stamp = day.isEmpty ? Self.stamp(now) : "\(day)-00-00-00"
        let name = "\(stamp)-\(Self.hexadecimal(unique))"
        switch log.keyFormat {
        case nil, .simple: return log.targetPrefix + name
        case .partitionedByEventTime, .partitionedByDeliveryTime:
            let date = stamp.prefix(10).replacing("-", with: "/")
            return "\(log.targetPrefix)\(source.owner.account)/\(source.region.rawValue)/\(source.name)/\(date)/\(name)"
        }
    }

    /// `yyyy-MM-dd-hh-mm-ss`
    static func stamp(_ time: Timestamp) -> String {
        String(ISO8601.format(time).prefix(19)).replacing("T", with: "-").replacing(":", with: "-")
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        Hex.encode(withUnsafeBytes(of: number.bigEndian) { Array($0) }).uppercased()
    }
}
