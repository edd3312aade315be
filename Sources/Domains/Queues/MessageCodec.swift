import Bytes
import Envelope
import Environment
import Model
import StoragePorts
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A message's number: the 122 random bits of a version 4 UUID.
struct MessageID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ random: any RandomSource) {
        high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// 16 bytes, big-endian.
    var bytes: [UInt8] { StorageKeys.bigEndian(high) + StorageKeys.bigEndian(low) }

    /// 8-4-4-4-12 lower-case hexadecimal digits.
    var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
                let half = nibble < 16 ? high : low
                buffer[at] = digits[Int(half >> UInt64(60 - 4 * (nibble % 16)) & 0xF)]
                at += 1
            }
            return 36
        }
    }
}

/// A message's stored bytes without their first 18, which only the commit knows. Made outside the ledger's thread.
struct EncodedMessage: Sendable {
    let id: MessageID
    let delaySeconds: Int?
    /// The fields that nobody seals.
    private let head: [UInt8]
    /// Trace, attributes, group and body.
    private let content: [UInt8]

    init(_ message: OutgoingMessage, id: MessageID) throws {
        var stored = StoredMessage()
        stored.idHigh = id.high
        stored.idLow = id.low
        stored.sender = message.sender
        stored.traceHeader = message.traceHeader ?? message.requestTrace ?? ""
        stored.groupID = message.groupID ?? ""
        stored.attributes = message.attributes.map(StoredAttribute.init)
        stored.body = message.body
        try self.init(stored, delaySeconds: message.delaySeconds)
    }

    /// Of a message in the clear, but for its times.
    init(_ message: StoredMessage, delaySeconds: Int? = nil) throws {
        var head = message
        head.sentAtMs = 0
        head.visibleAtMs = 0
        head.traceHeader = ""
        head.attributes = []
        head.groupID = ""
        head.body = ""
        var content = StoredMessage()
        content.traceHeader = message.traceHeader
        content.attributes = message.attributes
        content.groupID = message.groupID
        content.body = message.body
        self.id = message.id
        self.delaySeconds = delaySeconds
        self.head = try head.serializedBytes()
        self.content = try content.serializedBytes()
    }

    /// With a cipher the content is sealed by the message's id.
    func bytes(_ times: MessageTimes, _ cipher: MessageCipher?) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: MessageTimes.byteCount + head.count + content.count + 32)
        times.append(to: &writer)
        writer.append(head)
        if let cipher {
            // Field 16, length-delimited.
            writer.varint(16 << 3 | 2)
            writer.lengthPrefixed(cipher.seal(content, name: id.bytes))
        } else {
            writer.append(content)
        }
        return writer.bytes
    }
}

/// The beginning of a stored message: two fixed-width protobuf fields, read without decoding the rest.
///
///     09 sentAt(8, little-endian) 11 visibleAt(8, little-endian)
struct MessageTimes: Hashable, Sendable {
    static let byteCount = 18

    /// Milliseconds since 1970.
    let sentAt: Int64
    let visibleAt: Int64

    init(sentAt: Int64, visibleAt: Int64) {
        self.sentAt = sentAt
        self.visibleAt = visibleAt
    }

    /// Throws `LedgerError.damaged`.
    init(ofStored bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count >= Self.byteCount, bytes[0] == 0x09, bytes[9] == 0x11 else { throw LedgerError.damaged("a queue's message") }
        sentAt = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: Int64.self))
        visibleAt = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 10, as: Int64.self))
    }

    func append(to writer: inout ByteWriter) {
        writer.uint8(0x09)
        writer.uint64LittleEndian(UInt64(bitPattern: sentAt))
        writer.uint8(0x11)
        writer.uint64LittleEndian(UInt64(bitPattern: visibleAt))
    }
}

extension StoredMessage {
    /// Throws `LedgerError.damaged`.
    init(ofQueue bytes: [UInt8]) throws {
        do {
            self = try StoredMessage(serializedBytes: bytes)
        } catch {
            throw LedgerError.damaged("a queue's message")
        }
    }

    var id: MessageID { MessageID(high: idHigh, low: idLow) }

    /// Puts the content in the clear in the place of the sealed one. Throws `LedgerError.damaged`.
    mutating func unseal(_ cipher: MessageCipher) throws {
        do {
            let content = try cipher.open(sealed, name: id.bytes)
            sealed = Data()
            try merge(serializedBytes: content)
        } catch {
            throw LedgerError.damaged("a queue's sealed message")
        }
    }
}

extension StoredAttribute {
    init(_ attribute: MessageAttribute) {
        self.init()
        name = attribute.name
        type = attribute.type
        switch attribute.value {
        case .text(let text): value = .text(text)
        case .binary(let bytes): value = .binary(Data(bytes))
        }
    }

    var attribute: MessageAttribute {
        switch value {
        case .text(let text): MessageAttribute(name: name, type: type, value: .text(text))
        case .binary(let data): MessageAttribute(name: name, type: type, value: .binary([UInt8](data)))
        case nil: MessageAttribute(name: name, type: type, value: .text(""))
        }
    }
}
