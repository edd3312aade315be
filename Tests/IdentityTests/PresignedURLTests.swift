import Identity
import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Testing

@Suite struct PresignedURLTests {
    let request = PresignedURLRequest(id: RequestID(random: 1), sourceIP: "10.0.0.1")

    func terms(
        _ name: String = "one", account: AccountID = Fixture.account, made: Timestamp = Fixture.time, seconds: Int64 = 3600,
        uses: UInt64? = nil, bytes: UInt64? = nil
    ) throws -> PresignedURLTerms {
        PresignedURLTerms(
            id: try #require(PresignedURLID(account: account, name: name)), accessKeyID: "ROOTKEY", made: made,
            expires: made + .seconds(seconds), usesMax: uses, bytesMax: bytes)
    }

    @Test func ofManyAtOnceOneWins() async throws {
        let fixture = Fixture()
        let terms = try terms(uses: 1)
        let wins = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        try await fixture.urls.spend(terms, uses: 1, bytes: 0, by: request)
                        return true
                    } catch {
                        #expect(error as? PresignedURLError == .usedUp)
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wins == 1)
        let later = try await fixture.restarted()
        await #expect(throws: PresignedURLError.usedUp) { try await later.urls.spend(terms, uses: 1, bytes: 0, by: request) }
    }

    @Test func bytesAreCountedTogether() async throws {
        let fixture = Fixture()
        let terms = try terms(bytes: 100)
        try await fixture.urls.spend(terms, uses: 0, bytes: 60, by: request)
        await #expect(throws: PresignedURLError.tooManyBytes(left: 40)) {
            try await fixture.urls.spend(terms, uses: 0, bytes: 41, by: request)
        }
        try await fixture.urls.spend(terms, uses: 0, bytes: 40, by: request)
        try await fixture.urls.giveBack(terms, uses: 0, bytes: 10, by: request)
        try await fixture.urls.spend(terms, uses: 0, bytes: 10, by: request)
        await #expect(throws: PresignedURLError.tooManyBytes(left: 0)) {
            try await fixture.urls.spend(terms, uses: 0, bytes: 1, by: request)
        }
    }

    @Test func whatIsGivenBackCanBeUsed() async throws {
        let fixture = Fixture()
        let terms = try terms(uses: 1)
        try await fixture.urls.spend(terms, uses: 1, bytes: 0, by: request)
        try await fixture.urls.giveBack(terms, uses: 1, bytes: 0, by: request)
        try await fixture.urls.spend(terms, uses: 1, bytes: 0, by: request)
    }

    @Test func anIDIsWithdrawnInItsAccountAndForWhatWasMadeBefore() async throws {
        let fixture = Fixture()
        let mine = try terms(uses: 5)
        let until = try await fixture.urls.revoke(mine.id, fixture.origin)
        #expect(until == Fixture.time + IdentityLimits.clockSkewMax)
        await #expect(throws: PresignedURLError.revoked) { try await fixture.urls.check(mine) }
        await #expect(throws: PresignedURLError.revoked) { try await fixture.urls.spend(mine, uses: 1, bytes: 0, by: request) }
        try await fixture.urls.check(try terms(account: Fixture.other))
        try await fixture.urls.check(try terms("two"))
        try await fixture.urls.check(try terms(made: until + .seconds(1)))
        let later = try await fixture.restarted()
        await #expect(throws: PresignedURLError.revoked) { try await later.urls.check(mine) }
    }

    @Test func recordsGoWhenNoURLCanBeValid() async throws {
        let fixture = Fixture()
        for index in 0..<100 {
            try await fixture.urls.spend(try terms("u\(index)", uses: 1), uses: 1, bytes: 0, by: request)
        }
        #expect(records(fixture) == 200)
        // Valid for an hour, and a clock may be off by a quarter of one.
        fixture.clock.advance(by: .seconds(3600 + 899))
        try await fixture.urls.spend(try terms("last", made: fixture.clock.now(), uses: 1), uses: 1, bytes: 0, by: request)
        #expect(records(fixture) == 202)
        await #expect(throws: PresignedURLError.usedUp) {
            try await fixture.urls.spend(try terms("u7", uses: 1), uses: 1, bytes: 0, by: request)
        }
        fixture.clock.advance(by: .seconds(2))
        for index in 0..<40 {
            try await fixture.urls.spend(try terms("v\(index % 2)", made: fixture.clock.now()), uses: 0, bytes: 0, by: request)
        }
        #expect(records(fixture) == 6)
    }

    @Test func aSharedIDStaysAsLongAsTheLastOfItsURLs() async throws {
        let fixture = Fixture()
        try await fixture.urls.spend(try terms(seconds: 10, uses: 2), uses: 1, bytes: 0, by: request)
        try await fixture.urls.spend(try terms(seconds: 90_000, uses: 2), uses: 1, bytes: 0, by: request)
        #expect(records(fixture) == 2)
        fixture.clock.advance(by: .seconds(10_000))
        await #expect(throws: PresignedURLError.usedUp) {
            try await fixture.urls.spend(try terms(seconds: 90_000, uses: 2), uses: 1, bytes: 0, by: request)
        }
    }

    @Test func allOfAKeyAreWithdrawn() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let key = try await fixture.makeKey().key.id
        let before = fixture.clock.now()
        for id in [key, "ROOTKEY"] {
            #expect(fixture.identity.credential(for: id)?.isURLRevoked(made: nil) == false)
            let until = try await fixture.registrar.revokeURLs(ofKey: id, until: nil, fixture.origin)
            for identity in [fixture.identity, try await fixture.restarted().identity] {
                let credential = try #require(identity.credential(for: id))
                #expect(credential.isURLRevoked(made: before) && credential.isURLRevoked(made: nil))
                #expect(!credential.isURLRevoked(made: until + .milliseconds(1)))
            }
            // An earlier time takes nothing back.
            #expect(try await fixture.registrar.revokeURLs(ofKey: id, until: Timestamp(seconds: 1), fixture.origin) == until)
        }
        await #expect(throws: IdentityError.noSuchAccessKey("NONE")) {
            _ = try await fixture.registrar.revokeURLs(ofKey: "NONE", until: nil, fixture.origin)
        }
    }

    @Test(arguments: ["", "a b", "a/b", String(repeating: "a", count: 129)])
    func badIDs(name: String) {
        #expect(PresignedURLID(account: Fixture.account, name: name) == nil)
    }

    /// Uses, withdrawals and their expiries.
    private func records(_ fixture: Fixture) -> Int { fixture.ledger.contents.count { $0.key[0] == 0x45 } }
}
