import Model
import StoragePorts
import SwiftProtobuf

/// The facts that this domain emits, with the message in `payload`. Numbers are frozen; 0x4000 to 0x4FFF belong to this domain.
package enum IdentityFactKind {
    package static let accountCreated = Fact.Kind(rawValue: 0x4001)
    package static let accountChanged = Fact.Kind(rawValue: 0x4002)
    package static let accountDeleted = Fact.Kind(rawValue: 0x4003)
    package static let userCreated = Fact.Kind(rawValue: 0x4010)
    package static let userDeleted = Fact.Kind(rawValue: 0x4011)
    package static let userPolicyChanged = Fact.Kind(rawValue: 0x4012)
    package static let accessKeyCreated = Fact.Kind(rawValue: 0x4020)
    package static let accessKeyActivated = Fact.Kind(rawValue: 0x4021)
    package static let accessKeyDeactivated = Fact.Kind(rawValue: 0x4022)
    package static let accessKeyDeleted = Fact.Kind(rawValue: 0x4023)
    package static let presignedURLUsed = Fact.Kind(rawValue: 0x4030)
    package static let presignedURLUseReturned = Fact.Kind(rawValue: 0x4031)
    package static let presignedURLRevoked = Fact.Kind(rawValue: 0x4032)
    package static let presignedURLsOfKeyRevoked = Fact.Kind(rawValue: 0x4033)
}

/// Who asks for a change, for the audit trail.
package struct IdentityOrigin: Sendable {
    package let principal: Principal
    package let requestID: RequestID
    /// The client's IP address.
    package let sourceIP: String

    package init(principal: Principal, requestID: RequestID, sourceIP: String) {
        self.principal = principal
        self.requestID = requestID
        self.sourceIP = sourceIP
    }

    var record: PBIdentityOrigin {
        PBIdentityOrigin.with {
            $0.account = principal.account.rawValue
            $0.principalArn = principal.arn.description
            $0.accessKeyID = principal.accessKeyID ?? ""
            $0.requestID = requestID.description
            $0.sourceIp = sourceIP
        }
    }
}

extension Transaction {
    func emit(_ kind: Fact.Kind, _ message: some SwiftProtobuf.Message) throws {
        try emit(Fact(kind, try message.serializedBytes() as [UInt8]))
    }

    /// Deterministic, so that the same change always gives the same bytes.
    func put(_ key: [UInt8], _ message: some SwiftProtobuf.Message) throws {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        put(key, try message.serializedBytes(options: options) as [UInt8])
    }
}

extension KeyValueReader {
    /// Nil when there is none. Throws `LedgerError.damaged`.
    func message<Message: SwiftProtobuf.Message>(_ type: Message.Type, at key: [UInt8]) throws -> Message? {
        guard let bytes = try get(key) else { return nil }
        return try Message(stored: bytes)
    }
}

extension SwiftProtobuf.Message {
    init(stored bytes: some Sequence<UInt8>) throws {
        do {
            try self.init(serializedBytes: Array(bytes))
        } catch {
            throw LedgerError.damaged("\(Self.self) of Identity: \(error)")
        }
    }
}
