/// The name of a queue: 1 to 80 of `A-Z a-z 0-9 - _`. A FIFO queue's ends in `.fifo`, which counts and is the only place for a dot.
///
/// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
package struct QueueName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let lengthRange = 1...80
    static let fifoSuffix = ".fifo"

    package let rawValue: String

    /// Nil when `rawValue` breaks a rule.
    package init?(_ rawValue: String) {
        guard Self.lengthRange.contains(rawValue.utf8.count) else { return nil }
        let stem = rawValue.hasSuffix(Self.fifoSuffix) ? rawValue.utf8.dropLast(Self.fifoSuffix.utf8.count) : rawValue.utf8[...]
        guard !stem.isEmpty, stem.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    /// For names read back from storage, which were valid when they were written.
    package init(stored rawValue: String) {
        self.rawValue = rawValue
    }

    package var isFIFO: Bool { rawValue.hasSuffix(Self.fifoSuffix) }

    package static func < (a: QueueName, b: QueueName) -> Bool { a.rawValue < b.rawValue }

    package var description: String { rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
