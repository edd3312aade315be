import Model
import StoragePorts
import SwiftProtobuf

// Between lists of grants and the messages that are stored.

extension AccessControlList: BucketSetting {
    package static let kind = BucketSettingKind.accessControlList

    package init(stored: [UInt8]) throws {
        try self.init(PBAccessControlRecord(serializedBytes: stored))
    }

    package func stored() throws -> [UInt8] { try record.serializedBytes() }

    init(_ record: PBAccessControlRecord) throws {
        self.init(try record.grants.map { try Grant($0) })
    }

    var record: PBAccessControlRecord { PBAccessControlRecord.with { $0.grants = grants.map(\.record) } }
}

extension Grant {
    init(_ record: PBGrantRecord) throws {
        guard let permission = Permission(number: record.permission) else {
            throw UnknownStoredValue(field: "permission of a grant", value: record.permission)
        }
        switch record.group {
        case 0: self.init(.account(canonicalID: record.canonicalID, displayName: record.displayName), permission)
        case 1: self.init(.group(.allUsers), permission)
        case 2: self.init(.group(.authenticatedUsers), permission)
        case 3: self.init(.group(.logDelivery), permission)
        default: throw UnknownStoredValue(field: "group of a grant", value: record.group)
        }
    }

    var record: PBGrantRecord {
        PBGrantRecord.with {
            $0.permission = permission.number
            switch grantee {
            case .account(let canonicalID, let displayName):
                $0.canonicalID = canonicalID
                $0.displayName = displayName
            case .group(.allUsers): $0.group = 1
            case .group(.authenticatedUsers): $0.group = 2
            case .group(.logDelivery): $0.group = 3
            }
        }
    }
}

extension Grant.Permission {
    var number: UInt32 {
        switch self {
        case .read: 1
        case .write: 2
        case .readACP: 3
        case .writeACP: 4
        case .fullControl: 5
        }
    }

    init?(number: UInt32) {
        guard let permission = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = permission
    }
}

/// Whose an object is and what its list says, where that differs from "the bucket owner's alone".
package struct ObjectAccess: Hashable, Sendable {
    /// Nil: the bucket's owner.
    package var owner: Owner?
    /// Nil: the object's owner alone.
    package var acl: AccessControlList?

    package init(owner: Owner? = nil, acl: AccessControlList? = nil) {
        self.owner = owner
        self.acl = acl
    }

    package static let bucketOwnersAlone = ObjectAccess()
}

extension ObjectAccess {
    init(_ details: PBObjectDetails) throws {
        if details.hasOwner { owner = try Owner(details.owner) }
        guard details.hasAcl else { return }
        do {
            acl = try AccessControlList(details.acl)
        } catch {
            throw LedgerError.damaged("an object's list of grants: \(error)")
        }
    }

    func write(to details: inout PBObjectDetails) {
        if let owner { details.owner = owner.record }
        if let acl { details.acl = acl.record }
    }
}
