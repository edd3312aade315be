import AWSWire
import HTTPTypes
import Identity
import Model
import NIOCore
import Objects

/// `<AccessControlPolicy>`.
enum AccessControlDocument {
    private static let idArgument = "CanonicalUser/ID"
    private static let instanceNamespace = (name: "xmlns:xsi" as StaticString, value: "http://www.w3.org/2001/XMLSchema-instance")

    /// Ceph has groups first, and names.
    static func encode(_ list: AccessControlList, owner: Owner, in dialect: S3Dialect) -> ByteBuffer {
        let isNamed = dialect == .ceph
        var xml = XMLWriter()
        xml.open("AccessControlPolicy", xmlns: S3Reply.namespace)
        xml.owner("Owner", owner, isNamed: isNamed)
        xml.open("AccessControlList")
        let isGroup = { (grant: Grant) in if case .group = grant.grantee { true } else { false } }
        let grants = dialect == .ceph ? list.grants.filter(isGroup) + list.grants.filter { !isGroup($0) } : list.grants
        for grant in grants { write(grant, isNamed: isNamed, to: &xml) }
        xml.close("AccessControlList")
        xml.close("AccessControlPolicy")
        return xml.finish()
    }

    static func write(_ grant: Grant, isNamed: Bool, to xml: inout XMLWriter) {
        xml.open("Grant")
        switch grant.grantee {
        case .account(let canonicalID, let displayName):
            xml.open("Grantee", attributes: [instanceNamespace, (name: "xsi:type", value: "CanonicalUser")])
            xml.element("ID", canonicalID)
            if isNamed { xml.element("DisplayName", displayName) }
        case .group(let group):
            xml.open("Grantee", attributes: [instanceNamespace, (name: "xsi:type", value: "Group")])
            xml.element("URI", group.rawValue)
        }
        xml.close("Grantee")
        xml.element("Permission", grant.permission.rawValue)
        xml.close("Grant")
    }

    /// Throws `MalformedACLError`, `InvalidArgument`, `UnresolvableGrantByEmailAddress`; `AccessDenied` for another owner than
    /// `owner`.
    static func decode(_ document: XMLElement, owner: Owner, _ identity: Identity) throws(S3Error) -> AccessControlList {
        guard document.name == "AccessControlPolicy", let list = document["AccessControlList"] else { throw .malformedACL }
        guard document.children.allSatisfy({ $0.name == "Owner" || $0.name == "AccessControlList" }),
            list.children.allSatisfy({ $0.name == "Grant" }), list.children.count <= ObjectsLimits.grantsMax
        else { throw .malformedACL }
        guard let named = (document["Owner"]?["ID"]?.text.trimmed).map(String.init) else { throw .malformedACL }
        let grants = try grants(list, identity)
        if named != owner.canonicalID {
            _ = try GranteeLookup.account(canonicalID: named, identity, argument: idArgument)
            throw .accessDenied
        }
        return AccessControlList(grants)
    }

    /// The `<Grant>`s of a list. Throws as `decode`.
    static func grants(_ list: XMLElement, _ identity: Identity) throws(S3Error) -> [Grant] {
        var grants: [Grant] = []
        for element in list.children {
            guard let permission = (element["Permission"]?.text.trimmed).flatMap({ Grant.Permission(rawValue: String($0)) }),
                let grantee = element["Grantee"]
            else { throw .malformedACL }
            grants.append(Grant(try decode(grantee, identity), permission))
        }
        return grants
    }

    /// By what it names; its `xsi:type` has to fit.
    private static func decode(_ grantee: XMLElement, _ identity: Identity) throws(S3Error) -> Grant.Grantee {
        let type = grantee.attribute("type") ?? grantee.attribute("xsi:type")
        func value(_ name: String, _ expected: String) -> String? {
            guard type == nil || type == expected else { return nil }
            return grantee[name].map { String($0.text.trimmed) }
        }
        if let id = value("ID", "CanonicalUser") { return try GranteeLookup.account(canonicalID: id, identity, argument: idArgument) }
        if let email = value("EmailAddress", "AmazonCustomerByEmail") { return try GranteeLookup.account(email: email, identity) }
        if let uri = value("URI", "Group") { return try GranteeLookup.group(uri, argument: "Group/URI") }
        throw .malformedACL
    }
}

extension S3Error {
    static let malformedACL = S3Error(
        .badRequest, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema")
    static let aclNotSupported = S3Error(.badRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
    static let aclWithOwnerEnforced = S3Error(
        .badRequest, "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
    static let publicACLWhileBlocked = S3Error(
        .badRequest, "InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled")
}
