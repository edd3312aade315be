import Model

/// Who owns a bucket or an object, as S3 shows it.
package struct Owner: Hashable, Sendable {
    package let account: AccountID
    /// S3's canonical user id: 64 lower-case hexadecimal digits.
    package let canonicalID: String
    package let displayName: String

    package init(account: AccountID, canonicalID: String, displayName: String) {
        self.account = account
        self.canonicalID = canonicalID
        self.displayName = displayName
    }

    package init(_ principal: Principal) {
        self.init(account: principal.account, canonicalID: principal.canonicalID, displayName: principal.displayName)
    }
}

package struct Bucket: Hashable, Sendable {
    package let name: BucketName
    package let owner: Owner
    package let created: Timestamp
    package let location: BucketLocation
    /// Differs for each bucket that ever had this name: the LSN of its creation.
    package let instance: LSN

    package init(name: BucketName, owner: Owner, created: Timestamp, location: BucketLocation, instance: LSN) {
        self.name = name
        self.owner = owner
        self.created = created
        self.location = location
        self.instance = instance
    }

    package var region: Region { location.region }
}

/// Where a bucket is, as its maker said it: a region's name, or `EU`, AWS's older name of eu-west-1. A server keeps the buckets of all
/// regions in one place; this is what clients are told.
package struct BucketLocation: Hashable, Sendable {
    package let text: String

    package init(_ region: Region) { text = region.rawValue }

    /// `text` was valid when it was written, or is looked at by `region` before it is.
    package init(stored text: String) { self.text = text }

    package var region: Region { text == "EU" ? Region(stored: "eu-west-1") : Region(stored: text) }
}

/// What creating a bucket found.
package struct BucketCreation: Hashable, Sendable {
    package let bucket: Bucket
    /// False when the caller owned it already, in us-east-1, where AWS answers success for that.
    package let isNew: Bool
}

/// One page of an account's buckets, in the order of their names.
package struct BucketPage: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let name: BucketName
        package let created: Timestamp
        package let region: Region
    }

    package let entries: [Entry]
    /// The position to continue after; nil at the end.
    package let next: String?
}

/// Who asks for a change and through what, for the audit trail and the notifications.
package struct ChangeContext: Sendable {
    package let principal: Principal
    package let requestID: RequestID
    /// The value of `x-amz-id-2` in the answer.
    package let hostID: String
    /// The client's IP address, or `byService`.
    package let sourceIP: String
    /// The X-Ray trace that the request belongs to, which messages about the change carry.
    package let trace: String?

    /// Stands for the address where the server itself makes a change, as in AWS's events.
    package static let byService = "s3.amazonaws.com"

    package init(principal: Principal, requestID: RequestID, hostID: String, sourceIP: String, trace: String? = nil) {
        self.principal = principal
        self.requestID = requestID
        self.hostID = hostID
        self.sourceIP = sourceIP
        self.trace = trace
    }
}
