import Bytes
import Model
import StoragePorts

/// The payload of a fact of kind `ObjectsFactKind.notificationDue`: a target is to get a message in the very commit
/// that emits the fact. Whoever owns the target reacts to the kind.
///
/// It is the protobuf message `NotificationDue` of Formats/objects.proto, written and read by hand because it is made for every
/// change of a bucket that notifies, on the ledger's thread.
package struct NotificationDue: Hashable, Sendable {
    package let targetARN: String
    /// The message: S3's event as JSON.
    package let body: [UInt8]

    package init(targetARN: String, body: [UInt8]) {
        self.targetARN = targetARN
        self.body = body
    }

    // Protobuf tags: field number << 3 | 2 (length-delimited).
    private static let targetTag: UInt8 = 1 << 3 | 2
    private static let bodyTag: UInt8 = 2 << 3 | 2

    package var fact: Fact {
        var writer = ByteWriter(reservingCapacity: targetARN.utf8.count + body.count + 8)
        writer.uint8(Self.targetTag)
        writer.lengthPrefixed(targetARN)
        writer.uint8(Self.bodyTag)
        writer.lengthPrefixed(body)
        return Fact(ObjectsFactKind.notificationDue, writer.bytes)
    }

    /// Throws `LedgerError.damaged` for another message.
    package init(_ fact: Fact) throws {
        let read: NotificationDue? = try? ByteReader.read(fact.payload) { reader throws(DecodingFailure) in
            guard try reader.uint8() == Self.targetTag else { return nil }
            let targetARN = try reader.lengthPrefixedString()
            guard try reader.uint8() == Self.bodyTag else { return nil }
            return NotificationDue(targetARN: targetARN, body: try reader.lengthPrefixedArray())
        }
        guard let read else { throw LedgerError.damaged("NotificationDue") }
        self = read
    }
}
