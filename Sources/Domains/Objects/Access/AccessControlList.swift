import Model

/// One line of an access control list: who may do what.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
package struct Grant: Hashable, Sendable {
    package enum Grantee: Hashable, Sendable {
        /// An account, by its canonical id; the name is what it was called when the grant was made.
        case account(canonicalID: String, displayName: String)
        case group(Group)
    }

    /// The raw values are on the wire and stored.
    package enum Group: String, Hashable, Sendable, CaseIterable {
        case allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
        case authenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
        case logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    }

    /// The raw values are on the wire; `number` is stored.
    package enum Permission: String, Hashable, Sendable, CaseIterable {
        case read = "READ"
        case write = "WRITE"
        case readACP = "READ_ACP"
        case writeACP = "WRITE_ACP"
        case fullControl = "FULL_CONTROL"
    }

    package let grantee: Grantee
    package let permission: Permission

    package init(_ grantee: Grantee, _ permission: Permission) {
        self.grantee = grantee
        self.permission = permission
    }

    /// To everybody, or to everybody who signs.
    package var isPublic: Bool {
        switch grantee {
        case .group(.allUsers), .group(.authenticatedUsers): true
        case .group(.logDelivery), .account: false
        }
    }

    package func reaches(_ caller: Principal) -> Bool {
        switch grantee {
        case .account(let canonicalID, _): !caller.isAnonymous && canonicalID == caller.canonicalID
        case .group(.allUsers): true
        case .group(.authenticatedUsers): !caller.isAnonymous
        case .group(.logDelivery): false
        }
    }
}

/// The grants of a bucket or an object. Where none is kept, its owner has full control and nobody else anything.
package struct AccessControlList: Hashable, Sendable {
    /// In the order given; at most `ObjectsLimits.grantsMax`.
    package let grants: [Grant]

    package init(_ grants: [Grant]) {
        self.grants = grants
    }

    package static func ownerOnly(_ owner: Owner) -> AccessControlList {
        AccessControlList([Grant(.account(canonicalID: owner.canonicalID, displayName: owner.displayName), .fullControl)])
    }

    package var isPublic: Bool { grants.contains(where: \.isPublic) }

    /// The grant that gives `permission` to the caller; nil when none does. Public grants do not count with `ignoringPublic`.
    package func grant(of permission: Grant.Permission, to caller: Principal, ignoringPublic: Bool) -> Grant? {
        grants.first { grant in
            (grant.permission == permission || grant.permission == .fullControl) && grant.reaches(caller)
                && !(ignoringPublic && grant.isPublic)
        }
    }
}

/// The lists that have names. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
package enum CannedACL: String, Hashable, Sendable, CaseIterable {
    case `private` = "private"
    case publicRead = "public-read"
    case publicReadWrite = "public-read-write"
    case awsExecRead = "aws-exec-read"
    case authenticatedRead = "authenticated-read"
    case bucketOwnerRead = "bucket-owner-read"
    case bucketOwnerFullControl = "bucket-owner-full-control"
    case logDeliveryWrite = "log-delivery-write"

    /// The account behind Amazon EC2, which fetches machine images.
    private static let execReader = Grant.Grantee.account(
        canonicalID: "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c", displayName: "za-team")

    /// What the name means for something of `owner`; `bucketOwner` is nil for a bucket itself, where the lists about him are plain
    /// ones. The order is AWS's: the owner first.
    package func list(owner: Owner, bucketOwner: Owner?) -> AccessControlList {
        var grants = AccessControlList.ownerOnly(owner).grants
        switch self {
        case .private: break
        case .publicRead: grants.append(Grant(.group(.allUsers), .read))
        case .publicReadWrite: grants += [Grant(.group(.allUsers), .read), Grant(.group(.allUsers), .write)]
        case .awsExecRead: grants.append(Grant(Self.execReader, .read))
        case .authenticatedRead: grants.append(Grant(.group(.authenticatedUsers), .read))
        case .logDeliveryWrite: grants += [Grant(.group(.logDelivery), .write), Grant(.group(.logDelivery), .readACP)]
        case .bucketOwnerRead, .bucketOwnerFullControl:
            guard let bucketOwner, bucketOwner.account != owner.account else { break }
            let permission: Grant.Permission = self == .bucketOwnerRead ? .read : .fullControl
            grants.append(Grant(.account(canonicalID: bucketOwner.canonicalID, displayName: bucketOwner.displayName), permission))
        }
        return AccessControlList(grants)
    }
}
