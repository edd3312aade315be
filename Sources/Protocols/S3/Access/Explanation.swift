import Doors
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
        details = Self.bounded(
            Explanation(
                PolicyRequest(principal: PolicyPrincipal(call.caller.principal), action: action.description, resource: resource), access,
                context
            ).lines)
    }

    /// A stranger's request can have long values, a policy many statements, and all refusals are kept.
    private static func bounded(_ lines: [String]) -> [String] {
        var room = DecisionRing.detailBytesMax
        var kept: [String] = []
        for line in lines {
            guard line.utf8.count <= room else { return kept + ["... and more"] }
            room -= line.utf8.count
            kept.append(line)
        }
        return kept
    }
}

/// The inputs of a decision in words.
private struct Explanation {
    let lines: [String]

    init(_ request: PolicyRequest, _ access: BucketAccess?, _ context: RequestConditions) {
        var lines: [String] = []
        guard let access else {
            self.lines = lines
            return
        }
        lines.append("bucket \(access.bucket.name) of account \(access.bucket.owner.account), settings as of LSN \(access.version)")
        if let policy = access.policy {
            lines += Self.policy(policy.document, request, context)
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

    private static func policy(_ document: PolicyDocument, _ request: PolicyRequest, _ context: RequestConditions) -> [String] {
        let explained = document.explain(request, context)
        guard let deciding = explained.deciding else {
            return ["no statement of the bucket's policy speaks of this request:"] + indented(explained.description)
        }
        return ["the deciding statement of the bucket's policy:"] + indented(deciding.description)
    }

    private static func indented(_ text: String) -> [String] {
        text.split(separator: "\n").map { "  \($0)" }
    }
}
