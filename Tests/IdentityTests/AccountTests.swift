import Identity
import Model
import ModelLedger
import SimulationKit
import Testing

@Suite struct AccountTests {
    @Test func isFoundByEveryName() async throws {
        let fixture = Fixture()
        let made = try await fixture.makeAccount(canonicalID: "testx$98", name: "Jane Doe", email: "Jane@Example.com")
        #expect(fixture.identity.account(id: Fixture.other) == made)
        #expect(fixture.identity.account(canonicalID: "testx$98") == made)
        #expect(fixture.identity.account(email: "jane@example.COM") == made)
        #expect(made.email == "jane@example.com" && made.created == Fixture.time && made.displayName == "Jane Doe")
        #expect(fixture.identity.account(email: "nobody@example.com") == nil && fixture.identity.account(canonicalID: "") == nil)
        #expect(fixture.registrar.accounts.map(\.id) == [Fixture.account, Fixture.other])
    }

    @Test func whatIsNotGivenIsMadeUp() async throws {
        let fixture = Fixture()
        let made = try await fixture.registrar.createAccount(id: nil, canonicalID: nil, displayName: "x", email: nil, fixture.origin)
        #expect(made.canonicalID == Identity.canonicalID(of: made.id) && made.id != Fixture.account)
    }

    @Test func theServersOwnIsThereWithoutAnyCommand() async throws {
        let fixture = Fixture()
        let own = try #require(fixture.identity.account(id: Fixture.account))
        #expect(own.canonicalID == Identity.canonicalID(of: Fixture.account) && own.created == nil && own.email == nil)
        #expect(fixture.identity.account(canonicalID: own.canonicalID) == own)
        let changed = try await fixture.registrar.updateAccount(
            Fixture.account, displayName: "Main", email: "main@example.com", fixture.origin)
        #expect(changed.canonicalID == own.canonicalID && fixture.identity.account(email: "main@example.com") == changed)
        #expect(fixture.identity.credential(for: "ROOTKEY")?.principal.displayName == "Main")
        let later = try await fixture.restarted()
        #expect(later.identity.account(id: Fixture.account) == changed)
        #expect(later.identity.credential(for: "ROOTKEY")?.principal.displayName == "Main")
    }

    @Test func namesAreTakenOnce() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount(canonicalID: "one", email: "a@b")
        let third = AccountID("222222222222")!
        await #expect(throws: IdentityError.accountExists(Fixture.other)) { try await fixture.makeAccount() }
        await #expect(throws: IdentityError.accountExists(Fixture.account)) { try await fixture.makeAccount(Fixture.account) }
        await #expect(throws: IdentityError.canonicalIDTaken("one")) { try await fixture.makeAccount(third, canonicalID: "one") }
        await #expect(throws: IdentityError.emailTaken("a@b")) { try await fixture.makeAccount(third, email: "A@b") }
        let own = Identity.canonicalID(of: Fixture.account)
        await #expect(throws: IdentityError.canonicalIDTaken(own)) { try await fixture.makeAccount(third, canonicalID: own) }
        #expect(fixture.identity.account(id: third) == nil)
        // An address that was given up is free.
        _ = try await fixture.registrar.updateAccount(Fixture.other, displayName: nil, email: "", fixture.origin)
        #expect(fixture.identity.account(email: "a@b") == nil)
        #expect(try await fixture.makeAccount(third, email: "a@b").email == "a@b")
    }

    @Test(
        arguments: [
            ("12345678901", nil, "n", nil), ("999999999999", nil, "n", nil), ("222222222222", "a b", "n", nil),
            ("222222222222", "", "n", nil),
            ("222222222222", nil, "", nil), ("222222222222", nil, "a\nb", nil), ("222222222222", nil, "n", "no at sign"),
            ("222222222222", nil, "n", "@b"),
        ] as [(String, String?, String, String?)])
    func badNamesAreRefused(id: String, canonicalID: String?, name: String, email: String?) async throws {
        let fixture = Fixture()
        do {
            _ = try await fixture.registrar.createAccount(
                id: id, canonicalID: canonicalID, displayName: name, email: email, fixture.origin)
            Issue.record("accepted")
        } catch IdentityError.invalid {
            #expect(fixture.ledger.contents.isEmpty)
        }
    }

    @Test func anAccountGoesWithUsersAndKeys() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount(canonicalID: "canon", email: "a@b")
        _ = try await fixture.registrar.createUser("ann", of: Fixture.other, fixture.origin)
        let keys = [try await fixture.makeKey(), try await fixture.makeKey(user: "ann")]
        _ = try await fixture.registrar.revokeURLs(ofKey: keys[0].key.id, until: nil, fixture.origin)
        let third = AccountID("222222222222")!
        try await fixture.makeAccount(third)
        let other = try await fixture.makeKey(third)
        await #expect(throws: IdentityError.accountOwns(Fixture.other, "buckets")) {
            try await fixture.registrar.deleteAccount(
                Fixture.other, owned: { account, _ in account == Fixture.other ? "buckets" : nil }, fixture.origin)
        }
        #expect(fixture.identity.credential(for: keys[0].key.id) != nil)
        try await fixture.registrar.deleteAccount(Fixture.other, owned: { _, _ in nil }, fixture.origin)
        for fixture in [fixture, try await fixture.restarted()] {
            #expect(keys.allSatisfy { fixture.identity.credential(for: $0.key.id) == nil })
            #expect(fixture.identity.account(id: Fixture.other) == nil && fixture.identity.account(canonicalID: "canon") == nil)
            #expect(fixture.identity.account(email: "a@b") == nil && fixture.identity.user("ann", of: Fixture.other) == nil)
            #expect(fixture.identity.credential(for: other.key.id) != nil, "another account's stay")
        }
        let left = fixture.ledger.contents.filter { (0x40...0x45).contains($0.key[0]) }
        #expect(left.count == 3, "the other account, its canonical id and its key")
        await #expect(throws: IdentityError.noSuchAccount(Fixture.other)) {
            try await fixture.registrar.deleteAccount(Fixture.other, owned: { _, _ in nil }, fixture.origin)
        }
        // What it was called is free.
        try await fixture.makeAccount(canonicalID: "canon", email: "a@b")
        #expect(try fixture.registrar.accessKeys(of: Fixture.other).isEmpty)
    }

    @Test func theServersOwnAccountStays() async throws {
        let fixture = Fixture()
        await #expect(throws: IdentityError.accountIsOwn(Fixture.account)) {
            try await fixture.registrar.deleteAccount(Fixture.account, owned: { _, _ in nil }, fixture.origin)
        }
    }

    @Test func usersActForTheirAccount() async throws {
        let fixture = Fixture()
        let account = try await fixture.makeAccount(name: "Team")
        let user = try await fixture.registrar.createUser("Ann", path: "/dev/", of: Fixture.other, fixture.origin)
        #expect(user.arn.description == "arn:aws:iam::111111111111:user/dev/Ann" && user.id.hasPrefix("AIDA") && user.id.utf8.count == 21)
        let key = try await fixture.makeKey(user: "ann")
        let principal = try #require(fixture.identity.credential(for: key.key.id)).principal
        #expect(principal.arn == user.arn && principal.account == Fixture.other && principal.userID == user.id)
        #expect(principal.userName == "Ann" && !principal.isRoot)
        #expect(principal.canonicalID == account.canonicalID && principal.displayName == "Team")
        try await fixture.registrar.setPolicy("p", of: "ANN", in: Fixture.other, to: #"{"Statement":[]}"#, fixture.origin)
        #expect(fixture.identity.user(for: principal)?.policies == ["p": #"{"Statement":[]}"#])
        await #expect(throws: IdentityError.noSuchPolicy("q")) {
            try await fixture.registrar.setPolicy("q", of: "ann", in: Fixture.other, to: nil, fixture.origin)
        }
        await #expect(throws: IdentityError.userExists("aNN")) {
            _ = try await fixture.registrar.createUser("aNN", of: Fixture.other, fixture.origin)
        }
        await #expect(throws: IdentityError.userHasAccessKeys("Ann")) {
            try await fixture.registrar.deleteUser("Ann", of: Fixture.other, fixture.origin)
        }
        try await fixture.registrar.deleteAccessKey(key.key.id, fixture.origin)
        try await fixture.registrar.deleteUser("Ann", of: Fixture.other, fixture.origin)
        #expect(fixture.identity.user("Ann", of: Fixture.other) == nil && fixture.identity.user(for: principal) == nil)
        // A user of the same name is another one.
        let second = try await fixture.registrar.createUser("Ann", of: Fixture.other, fixture.origin)
        #expect(second.id != user.id && fixture.identity.user(for: principal) == nil)
    }
}
