import Identity
import Model
import Objects
import Policy

extension AccessRecord {
    init(
        _ call: S3Call, _ verdict: AccessVerdict, _ action: Action, _ resource: String, _ access: BucketAccess?,
        _ context: RequestConditions
    ) {
        requestID = call.request.id.description
        time = call.request.arrival
        isAllowed = verdict.isAllowed
        self.action = action.description
        self.resource = resource
        principal = call.caller.principal.isAnonymous ? "anonymous" : call.caller.principal.arn.description
        reason = verdict.reason.description
        details = Explanation(call.caller.principal, verdict, access, context).lines
    }
}

/// The inputs of a decision in words.
private struct Explanation {
    let lines: [String]

    init(_ caller: Principal, _ verdict: AccessVerdict, _ access: BucketAccess?, _ context: RequestConditions) {
        var lines: [String] = []
        guard let access else {
            self.lines = lines
            return
        }
        lines.append("bucket \(access.bucket.name) of account \(access.bucket.owner.account), settings as of LSN \(access.version)")
        if let policy = access.policy {
            lines += Self.policy(policy.document, verdict, context)
        } else {
            lines.append("the bucket has no policy")
        }
        lines.append(
            access.hasListsDisabled
                ? "lists of grants do not count: BucketOwnerEnforced" : "lists of grants count: \(access.ownership.rawValue)")
        let block = access.publicAccessBlock
        let on = [
            (block.blocksPublicACLs, "BlockPublicAcls"), (block.ignoresPublicACLs, "IgnorePublicAcls"),
            (block.blocksPublicPolicy, "BlockPublicPolicy"), (block.restrictsPublicBuckets, "RestrictPublicBuckets"),
        ].filter(\.0).map(\.1)
        lines.append("public access block: \(on.isEmpty ? "nothing" : on.joined(separator: ", "))")
        self.lines = lines
    }

    private static func policy(_ document: PolicyDocument, _ verdict: AccessVerdict, _ context: RequestConditions) -> [String] {
        guard let number = verdict.reason.statement, document.statements.indices.contains(number) else {
            return ["the bucket's policy has \(document.statements.count) statements; none that decides speaks of this request"]
        }
        let statement = document.statements[number]
        let name = statement.sid.map { " (Sid \($0))" } ?? ""
        return ["deciding: statement \(number + 1)\(name), \(statement.effect.rawValue)"]
    }
}

extension AccessVerdict.Reason {
    /// The statement of the bucket's policy that it speaks of.
    fileprivate var statement: Int? {
        switch self {
        case .policyAllows(let number), .policyDenies(let number), .publicPolicyRestricted(let number), .objectOfAnotherOwner(let number):
            number
        default: nil
        }
    }
}
