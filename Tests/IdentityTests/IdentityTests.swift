import Identity
import Model
import Testing

@Suite struct IdentityTests {
    let owner = AccountID("000000000000")!
    let other = AccountID("111111111111")!
    let context = AuthorizationContext(sourceAddress: "127.0.0.1", isSecure: false, time: Timestamp(seconds: 1_767_323_045))

    private func makeIdentity() -> Identity {
        Identity(
            account: owner, region: Region("us-east-1")!,
            rootKeys: [
                AccessKeyPair(accessKeyID: "AKIAONE", secretAccessKey: "first"),
                AccessKeyPair(accessKeyID: "AKIATWO", secretAccessKey: "second"),
            ])
    }

    private func queue(of account: AccountID) -> Resource {
        Resource(arn: ARN(service: "sqs", region: "us-east-1", account: account.rawValue, resource: "jobs"), owner: account)
    }

    @Test func findsEveryRootKeyAndNoOther() throws {
        let identity = makeIdentity()
        let first = try #require(identity.credential(for: "AKIAONE"))
        #expect(first.secretAccessKey == "first")
        #expect(first.principal.accessKeyID == "AKIAONE")
        #expect(first.principal.arn.description == "arn:aws:iam::000000000000:root")
        #expect(identity.credential(for: "AKIATWO")?.secretAccessKey == "second")
        #expect(identity.credential(for: "akiaone") == nil)
        #expect(identity.credential(for: "") == nil)
    }

    @Test func rootOfTheOwnerMayEverything() throws {
        let identity = makeIdentity()
        let principal = try #require(identity.credential(for: "AKIAONE")).principal
        let decision = identity.authorize(principal, .sqs("SendMessage"), on: queue(of: owner), context)
        #expect(decision == .allow(.rootOfOwner))
        #expect(decision.isAllowed)
    }

    @Test func nobodyElseMayAnything() {
        let identity = makeIdentity()
        #expect(identity.authorize(identity.anonymous, .s3("GetObject"), on: queue(of: owner), context) == .deny(.anonymous))
        #expect(identity.authorize(identity.root, .s3("GetObject"), on: queue(of: other), context) == .deny(.otherAccount(owner)))
        let user = Principal(
            account: owner, arn: ARN(service: "iam", region: "", account: owner.rawValue, resource: "user/root"), accessKeyID: nil,
            canonicalID: "", displayName: "user")
        let decision = identity.authorize(user, .s3("GetObject"), on: queue(of: owner), context)
        #expect(decision == .deny(.noStatementAllows))
        #expect(!decision.isAllowed && !decision.reason.description.isEmpty)
    }

    @Test func anonymousOwnsNothingEvenOfItsOwnAccountNumber() {
        let identity = makeIdentity()
        let resource = queue(of: identity.anonymous.account)
        #expect(identity.authorize(identity.anonymous, .sqs("SendMessage"), on: resource, context) == .deny(.anonymous))
    }

    @Test func canonicalIDIsTheHashOfTheAccountNumber() {
        #expect(
            Identity.canonicalID(of: AccountID("123456789012")!) == "2a33349e7e606a8ad2e30e3c84521f9377450cf09083e162e0a9b1480ce0f972")
        #expect(makeIdentity().root.canonicalID == Identity.canonicalID(of: owner))
    }
}
