import AWSWire
import HTTPTypes
import Identity
import Model
import Objects

/// The list of grants that a request asks for: by name, or grant by grant.
enum AskedGrants: Hashable {
    case canned(CannedACL)
    case grants(AccessControlList)

    func list(owner: Owner, bucketOwner: Owner?) -> AccessControlList {
        switch self {
        case .canned(let canned): canned.list(owner: owner, bucketOwner: bucketOwner)
        case .grants(let list): list
        }
    }

    /// What is allowed where lists do not count: to say in other words what is so anyway.
    func isFullControl(of owner: Owner) -> Bool {
        switch self {
        case .canned(let canned): canned == .bucketOwnerFullControl
        case .grants(let list):
            list.grants.count == 1
                && list.grants.allSatisfy { grant in
                    guard case .account(owner.canonicalID, _) = grant.grantee else { return false }
                    return grant.permission == .fullControl
                }
        }
    }
}

/// `x-amz-acl` and `x-amz-grant-*`.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
enum GrantHeaders {
    private static let permissions: [(HTTPField.Name, Grant.Permission)] = [
        (.amzGrantRead, .read), (.amzGrantWrite, .write), (.amzGrantReadACP, .readACP), (.amzGrantWriteACP, .writeACP),
        (.amzGrantFullControl, .fullControl),
    ]

    /// Nil when the request has none of them. Throws `InvalidRequest` for both kinds at once, `InvalidArgument`, and
    /// `UnresolvableGrantByEmailAddress`.
    static func asked(_ call: S3Call) throws(S3Error) -> AskedGrants? {
        guard call.groups.contains(.acl) else { return nil }
        var grants: [Grant] = []
        for (name, permission) in permissions {
            guard let text = call.headers[name] else { continue }
            for grantee in try grantees(text, name.canonicalName, call.door.identity) { grants.append(Grant(grantee, permission)) }
        }
        if let text = call.headers[.amzACL] {
            guard grants.isEmpty else { throw .invalidRequest("Specifying both Canned ACLs and Header Grants is not allowed") }
            return .canned(try canned(text))
        }
        if grants.isEmpty { return nil }
        guard grants.count <= ObjectsLimits.grantsMax else { throw .malformedACL }
        return .grants(AccessControlList(grants))
    }

    /// Throws `InvalidArgument`.
    static func canned(_ text: String) throws(S3Error) -> CannedACL {
        guard let canned = CannedACL(rawValue: text) else { throw .invalidArgument("", name: "x-amz-acl", value: text) }
        return canned
    }

    /// `id="..", emailAddress="..", uri=".."`, quotes optional.
    private static func grantees(_ text: String, _ name: String, _ identity: Identity) throws(S3Error) -> [Grant.Grantee] {
        var grantees: [Grant.Grantee] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw .invalidArgument("Argument format not recognized", name: name, value: text) }
            let value = unquoted(halves[1].trimmed)
            switch halves[0].trimmed.lowercased() {
            case "id": grantees.append(try GranteeLookup.account(canonicalID: value, identity, argument: "id"))
            case "emailaddress": grantees.append(try GranteeLookup.account(email: value, identity))
            case "uri": grantees.append(try GranteeLookup.group(value, argument: "uri"))
            default: throw .invalidArgument("Argument format not recognized", name: name, value: text)
            }
        }
        return grantees
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}

/// From what requests call a grantee to who it is.
enum GranteeLookup {
    /// `argument` is what the request calls it. Throws `InvalidArgument`.
    static func account(canonicalID: String, _ identity: Identity, argument: String) throws(S3Error) -> Grant.Grantee {
        if canonicalID == identity.anonymous.canonicalID {
            return .account(canonicalID: canonicalID, displayName: identity.anonymous.displayName)
        }
        guard let account = identity.account(canonicalID: canonicalID) else {
            throw .invalidArgument("Invalid id", name: argument, value: canonicalID)
        }
        return .account(canonicalID: account.canonicalID, displayName: account.displayName)
    }

    /// Throws `UnresolvableGrantByEmailAddress`.
    static func account(email: String, _ identity: Identity) throws(S3Error) -> Grant.Grantee {
        guard let account = identity.account(email: email) else {
            throw S3Error(
                .badRequest, "UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record.",
                [("EmailAddress", email)])
        }
        return .account(canonicalID: account.canonicalID, displayName: account.displayName)
    }

    /// `argument` is what the request calls it. Throws `InvalidArgument`.
    static func group(_ uri: String, argument: String) throws(S3Error) -> Grant.Grantee {
        guard let group = Grant.Group(rawValue: uri) else {
            throw .invalidArgument("Invalid group uri", name: argument, value: uri)
        }
        return .group(group)
    }
}
