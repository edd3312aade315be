import Model

/// One owner of buckets and queues, with users and access keys of its own.
package struct Account: Hashable, Sendable {
    package let id: AccountID
    /// What ACL grants and owners name the account by: unique in the server, 64 hexadecimal digits unless another text was given.
    package let canonicalID: String
    /// What owners are shown as.
    package let displayName: String
    /// In lower case, unique in the server; nil when none was given.
    package let email: String?
    /// Nil for the server's default account, which no command made.
    package let created: Timestamp?

    package init(id: AccountID, canonicalID: String, displayName: String, email: String?, created: Timestamp?) {
        self.id = id
        self.canonicalID = canonicalID
        self.displayName = displayName
        self.email = email
        self.created = created
    }

    /// `arn:aws:iam::ACCOUNT:root`.
    package var rootARN: ARN { ARN(service: "iam", region: "", account: id.rawValue, resource: "root") }

    /// The account's root, as it acts with one of its keys, or without one.
    package func root(accessKeyID: String?) -> Principal {
        Principal(account: id, arn: rootARN, accessKeyID: accessKeyID, canonicalID: canonicalID, displayName: displayName)
    }
}

/// Someone or something that acts for an account with the rights that policies give.
package struct User: Hashable, Sendable {
    package let account: AccountID
    /// Unique in the account whatever the case of its letters.
    package let name: String
    /// Begins and ends with `/`.
    package let path: String
    /// `AIDA` and 17 letters and digits: unlike the name never given to another user (`aws:userid`).
    package let id: String
    package let created: Timestamp
    /// The user's own policies by name: JSON texts as they were given.
    package let policies: [String: String]

    package init(account: AccountID, name: String, path: String, id: String, created: Timestamp, policies: [String: String] = [:]) {
        self.account = account
        self.name = name
        self.path = path
        self.id = id
        self.created = created
        self.policies = policies
    }

    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    package var arn: ARN { ARN(service: "iam", region: "", account: account.rawValue, resource: "user\(path)\(name)") }

    /// The user as it acts with one of its keys. What it makes belongs to its account.
    package func principal(in account: Account, accessKeyID: String?) -> Principal {
        Principal(
            account: account.id, arn: arn, accessKeyID: accessKeyID, canonicalID: account.canonicalID,
            displayName: account.displayName, userID: id, userName: name)
    }
}

/// What may be known of an access key: everything but its secret.
package struct AccessKey: Hashable, Sendable {
    package let id: String
    package let account: AccountID
    /// Nil for a key of the account's root.
    package let userName: String?
    package let isActive: Bool
    package let created: Timestamp
    /// The secret's last four characters, for people to tell keys apart.
    package let secretEnding: String

    package init(id: String, account: AccountID, userName: String?, isActive: Bool, created: Timestamp, secretEnding: String) {
        self.id = id
        self.account = account
        self.userName = userName
        self.isActive = isActive
        self.created = created
        self.secretEnding = secretEnding
    }
}
