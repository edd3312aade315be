import AWSWire
import HTTPTypes
import Identity
import Model
import Objects
import Policy
import StoragePorts

/// What an operation asks before it does anything.
extension S3Call {
    /// Throws `AccessDenied`; `NoSuchBucket`, which hides nothing: names of buckets are no secret; `NoSuchKey` where a refusal rests on
    /// the object's not being there and the caller may list. Returns what decides about access to the bucket.
    ///
    /// `version` is the object's that is meant, where it is not the one that the request names. `conditions` are values of condition keys (names in lower case) that only the operation knows: from its body, or of what it found.
    @discardableResult
    func authorise(
        _ action: Action, _ bucket: BucketName? = nil, _ key: ObjectKey? = nil, version: VersionID? = nil,
        conditions: [String: [String]] = [:]
    ) async throws -> BucketAccess? {
        guard let bucket, operation != .createBucket else {
            guard accountVerdict(action, bucket, conditions).isAllowed else { throw S3Error.accessDenied }
            return nil
        }
        let access = try await objects.access(to: bucket)
        let verdict = try await verdict(action, access, key, version, conditions)
        if verdict.isAllowed { return access }
        if let key, try await isInitiator(action, bucket, key) { return access }
        try await refuse(verdict, action, bucket, key, version)
        return access
    }

    /// For what a request does to an object that it makes: the object is its writer's where the bucket's owner does not own everything.
    /// Throws `AccessDenied`.
    func authoriseForNewObject(
        _ action: Action, _ access: BucketAccess, _ key: ObjectKey, conditions: [String: [String]] = [:]
    ) async throws {
        let writer = access.hasListsDisabled ? nil : Owner(caller.principal)
        // Who does not sign has no account that could allow it; the object will be his all the same.
        let isAnonymousOwner = writer != nil && caller.principal.isAnonymous
        let verdict = try await verdict(action, access, key, nil, conditions, newOwner: writer, isNoted: !isAnonymousOwner)
        guard verdict.isAllowed || (isAnonymousOwner && !verdict.reason.isExplicit) else { throw S3Error.accessDenied }
    }

    private func refuse(
        _ verdict: AccessVerdict, _ action: Action, _ bucket: BucketName, _ key: ObjectKey?, _ version: VersionID?
    ) async throws {
        guard let key, !verdict.reason.isExplicit, !AccessRules.isBucketOwners(action.name), try await found(bucket, key, version) == nil,
            await isAuthorised(ListObjects.action, bucket, conditions: ["s3:prefix": [key.string]])
        else { throw S3Error.accessDenied }
        throw ObjectsError.noSuchKey(bucket, key)
    }

    /// Whoever began an upload may list its parts and give it up.
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    private func isInitiator(_ action: Action, _ bucket: BucketName, _ key: ObjectKey) async throws -> Bool {
        guard action.name == AbortMultipartUpload.action.name || action.name == ListParts.action.name, !caller.principal.isAnonymous,
            let id = query.value("uploadId").flatMap({ UploadID($0) }), let upload = try? await objects.upload(bucket, key, id)
        else { return false }
        return upload.initiator.account == caller.principal.account
    }

    /// Whether `authorise` would pass: for what an answer shows only to those who may see it, and, noted as a refusal, for one of many
    /// keys.
    func isAuthorised(
        _ action: Action, _ bucket: BucketName, _ key: ObjectKey? = nil, version: VersionID? = nil, isNoted: Bool = false,
        conditions: [String: [String]] = [:]
    ) async -> Bool {
        guard let access = try? await objects.access(to: bucket) else { return false }
        return (try? await verdict(action, access, key, version, conditions, isNoted: isNoted).isAllowed) ?? false
    }

    /// The root of the owner of a bucket without policy and lists passes without a read of the index and without allocating.
    private func verdict(
        _ action: Action, _ access: BucketAccess, _ key: ObjectKey?, _ version: VersionID?, _ conditions: [String: [String]],
        newOwner: Owner? = nil, isNoted: Bool = true
    ) async throws -> AccessVerdict {
        let principal = caller.principal
        if isAloneOwner(access) { return .allowed(.rootOfOwner) }
        let bucket = access.bucket
        let dependsOnObject = key != nil && !AccessRules.isBucketOwners(action.name) && newOwner == nil
        let isDeletion = key != nil && AccessRules.isObjectOwners(action.name)
        var object: StoredObject?
        let identityPolicies = identityPolicies
        let asksForTags = access.policy?.asksForObjectTags == true || identityPolicies.contains(where: \.asksForObjectTags)
        if let key, ((dependsOnObject || isDeletion) && !access.hasListsDisabled) || asksForTags {
            object = try await found(bucket.name, key, version)
        }
        let resource = "arn:aws:s3:::\(bucket.name)" + (key.map { "/\($0.string)" } ?? "")
        let question = AccessQuestion(
            caller: principal, action: action.name, resource: resource, access: access,
            objectOwner: newOwner ?? (dependsOnObject && !access.hasListsDisabled ? object?.info.owner : nil),
            objectACL: dependsOnObject ? object?.info.attributes.access.acl : nil, deletedOwner: isDeletion ? object?.info.owner : nil,
            isAboutObject: key != nil,
            identityPolicies: identityPolicies, saysRequesterPays: saysRequesterPays)
        let context = RequestConditions(
            call: self, bucket: bucket, objectTags: object?.info.attributes.tags, extra: conditions)
        let verdict = question.verdict(context)
        if isNoted { note(verdict, action, resource, access, context) }
        if let notes, case .grantAllows = verdict.reason { notes.noteGrant() }
        return verdict
    }

    /// Whether everything in the bucket is the caller's to do with as it likes, and nobody wants to know why.
    func isAloneOwner(_ access: BucketAccess) -> Bool {
        access.isOwnersAlone && caller.principal.isRoot && caller.principal.account == access.bucket.owner.account
            && !door.decisions.keepsAll
    }

    /// For what belongs to no bucket yet: everybody may do it in his own account, if the account's policies let him.
    private func accountVerdict(_ action: Action, _ bucket: BucketName?, _ conditions: [String: [String]]) -> AccessVerdict {
        let caller = caller.principal
        let resource = bucket.map { "arn:aws:s3:::\($0)" } ?? "*"
        let context = RequestConditions(call: self, bucket: nil, objectTags: nil, extra: conditions)
        var verdict = AccessVerdict.refused(caller.isAnonymous ? .nothingForEverybody : .noIdentityAllow)
        if caller.isRoot { verdict = .allowed(.rootOfOwner) }
        let request = PolicyRequest(principal: PolicyPrincipal(caller), action: action.description, resource: resource)
        for policy in identityPolicies {
            switch policy.document.evaluate(request, context) {
            case .explicitDeny(let statement): return noted(.refused(.identityPolicyDenies(name: policy.name, statement: statement)))
            case .allow(let statement, _): verdict = .allowed(.identityPolicyAllows(name: policy.name, statement: statement))
            case .noMatch: break
            }
        }
        return noted(verdict)

        func noted(_ verdict: AccessVerdict) -> AccessVerdict {
            note(verdict, action, resource, nil, context)
            return verdict
        }
    }

    private var identityPolicies: [AccessQuestion.NamedPolicy] {
        door.userPolicies.policies(of: caller.principal, door.identity)
    }

    /// Nil when there is none. Without `version`: the one that the request names, of its own key, or else the current one.
    func found(_ bucket: BucketName, _ key: ObjectKey, _ version: VersionID?) async throws -> StoredObject? {
        let isTarget = target.key.map { $0 == key.utf8 } ?? false
        let choice = try version.map { .version($0) } ?? (isTarget ? VersionParameter.choice(self) : .current)
        do {
            return try await objects.lookup(bucket, key, choice)
        } catch {
            switch error {
            case .noSuchKey, .noSuchVersion, .deleteMarker, .noVersions: return nil
            default: throw error
            }
        }
    }

    private var saysRequesterPays: Bool {
        (headers[.amzRequestPayer] ?? query.value("x-amz-request-payer"))?.lowercased() == "requester"
    }

    /// The header that answers to a requester who pays have; nil for all others.
    func requestCharged() async -> HTTPField? {
        guard saysRequesterPays, let bucket = target.bucket.flatMap({ BucketName($0) }) else { return nil }
        guard let access = try? await objects.access(to: bucket), access.payment == .requester,
            access.bucket.owner.account != caller.principal.account
        else { return nil }
        return HTTPField(name: .amzRequestCharged, value: "requester")
    }

    func note(
        _ verdict: AccessVerdict, _ action: Action, _ resource: String, _ access: BucketAccess?, _ context: RequestConditions
    ) {
        if verdict.isAllowed, !door.decisions.keepsAll { return }
        let record = AccessRecord(self, verdict, action, resource, access, context)
        door.decisions.add(record)
        if !verdict.isAllowed { door.configuration.denied(record.summary) }
    }
}

/// A missing key is a 404 only to those who may list the bucket; to others it looks like a key that they may not see.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
extension S3Call {
    /// What to answer in place of an error that would tell that a key does not exist.
    func concealed(_ error: any Error) async -> any Error {
        guard AccessRules.revealsKeys(operation), let (bucket, key) = missing(error) else { return error }
        guard let access = try? await objects.access(to: bucket) else { return error }
        let caller = caller.principal
        if caller.isRoot, caller.account == access.bucket.owner.account, access.policy == nil { return error }
        let conditions = ["s3:prefix": [key.string]]
        if await isAuthorised(ListObjects.action, bucket, conditions: conditions) { return error }
        note(
            .refused(.keyIsHidden), ListObjects.action, "arn:aws:s3:::\(bucket)", access,
            RequestConditions(call: self, bucket: access.bucket, objectTags: nil, extra: conditions))
        return S3Error.accessDenied
    }

    private func missing(_ error: any Error) -> (BucketName, ObjectKey)? {
        switch error as? ObjectsError {
        case .noSuchKey(let bucket, let key), .deleteMarker(let bucket, let key, _, _, isNamed: false): return (bucket, key)
        case .noSuchVersion(let key, _): return (try? bucket()).map { ($0, key) }
        default: return nil
        }
    }
}
