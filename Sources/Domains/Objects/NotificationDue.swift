import Bytes
import Model
import StoragePorts

/// The payload of a fact of kind `ObjectsFactKind.notificationDue` (for a queue) or `.functionDue` (for a function or an event bus): a
/// target is to get a message in the very commit that signals the fact. Whoever owns the target reacts to the kind.
///
/// It is the protobuf message `NotificationDue` of Formats/objects.proto, written and read by hand because it is made for every
/// change of a bucket that notifies, on the ledger's thread.
package struct NotificationDue: Hashable, Sendable {
    package let targetARN: String
    /// The message: S3's event as JSON.
    package let body: [UInt8]
    /// Messages of one lane are about one object, and told in the order of their commits; 0 for those about none. Queues have no use for it.
    package let lane: UInt64
    /// The trace of the request that made the change; only queues have use for it.
    package let trace: String?

    package init(targetARN: String, body: [UInt8], lane: UInt64 = 0, trace: String? = nil) {
        self.targetARN = targetARN
        self.body = body
        self.lane = lane
        self.trace = trace
    }

    // Protobuf tags: field number << 3 | 2 (length-delimited) or 1 (eight bytes).
    private static let targetTag: UInt8 = 1 << 3 | 2
    private static let bodyTag: UInt8 = 2 << 3 | 2
    private static let laneTag: UInt8 = 3 << 3 | 1
    private static let traceTag: UInt8 = 4 << 3 | 2

    package var fact: Fact { fact(ObjectsFactKind.notificationDue) }

    package var functionFact: Fact { fact(ObjectsFactKind.functionDue) }

    private func fact(_ kind: Fact.Kind) -> Fact {
        var writer = ByteWriter(reservingCapacity: targetARN.utf8.count + body.count + 20)
        writer.uint8(Self.targetTag)
        writer.lengthPrefixed(targetARN)
        writer.uint8(Self.bodyTag)
        writer.lengthPrefixed(body)
        if lane != 0 {
            writer.uint8(Self.laneTag)
            writer.uint64LittleEndian(lane)
        }
        if let trace {
            writer.uint8(Self.traceTag)
            writer.lengthPrefixed(trace)
        }
        return Fact(kind, writer.bytes)
    }

    /// Throws `LedgerError.damaged` for another message.
    package init(_ fact: Fact) throws {
        let read: NotificationDue? = try? ByteReader.read(fact.payload) { reader throws(DecodingFailure) in
            guard try reader.uint8() == Self.targetTag else { return nil }
            let targetARN = try reader.lengthPrefixedString()
            guard try reader.uint8() == Self.bodyTag else { return nil }
            let body = try reader.lengthPrefixedArray()
            var (lane, trace): (UInt64, String?) = (0, nil)
            while reader.remaining > 0 {
                switch try reader.uint8() {
                case Self.laneTag: lane = try reader.uint64LittleEndian()
                case Self.traceTag: trace = try reader.lengthPrefixedString()
                default: return nil
                }
            }
            return NotificationDue(targetARN: targetARN, body: body, lane: lane, trace: trace)
        }
        guard let read else { throw LedgerError.damaged("NotificationDue") }
        self = read
    }
}
