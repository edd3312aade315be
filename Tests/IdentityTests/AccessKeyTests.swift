import Bytes
import Envelope
import Identity
import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Testing

@Suite struct AccessKeyTests {
    @Test func actsFromItsMakingToItsDeletion() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let made = try await fixture.makeKey(id: "GIVENKEY", secret: "given/secret==")
        #expect(made.secret == "given/secret==" && made.key.secretEnding == "et==" && made.key.isActive)
        let credential = try #require(fixture.identity.credential(for: "GIVENKEY"))
        #expect(
            credential.secretAccessKey == "given/secret==" && credential.principal.isRoot && credential.principal.account == Fixture.other)
        #expect(try await fixture.registrar.setAccessKey("GIVENKEY", isActive: false, fixture.origin).isActive == false)
        #expect(fixture.identity.credential(for: "GIVENKEY") == nil)
        #expect(try fixture.registrar.accessKeys(of: Fixture.other).map(\.isActive) == [false])
        _ = try await fixture.registrar.setAccessKey("GIVENKEY", isActive: true, fixture.origin)
        #expect(fixture.identity.credential(for: "GIVENKEY")?.secretAccessKey == "given/secret==")
        try await fixture.registrar.deleteAccessKey("GIVENKEY", fixture.origin)
        #expect(fixture.identity.credential(for: "GIVENKEY") == nil)
        await #expect(throws: IdentityError.noSuchAccessKey("GIVENKEY")) {
            _ = try await fixture.registrar.setAccessKey("GIVENKEY", isActive: true, fixture.origin)
        }
    }

    @Test func madeUpOnesDifferAndAreLong() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let (a, b) = (try await fixture.makeKey(), try await fixture.makeKey())
        #expect(a.key.id != b.key.id && a.secret != b.secret && a.key.id.utf8.count == 20 && a.secret.utf8.count == 40)
    }

    @Test func rotationMakesANewKeyForTheSameHolder() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        _ = try await fixture.registrar.createUser("ann", of: Fixture.other, fixture.origin)
        let old = try await fixture.makeKey(user: "ann")
        let records = fixture.ledger.allRecords.count
        let beside = try await fixture.registrar.rotateAccessKey(old.key.id, keepsOld: true, fixture.origin)
        #expect(fixture.ledger.allRecords.count == records + 1 && beside.secret != old.secret)
        #expect(fixture.identity.credential(for: beside.key.id)?.principal.userName == "ann")
        #expect(fixture.identity.credential(for: old.key.id) != nil)
        let next = try await fixture.registrar.rotateAccessKey(old.key.id, keepsOld: false, fixture.origin)
        for fixture in [fixture, try await fixture.restarted()] {
            #expect(fixture.identity.credential(for: old.key.id) == nil)
            #expect(fixture.identity.credential(for: next.key.id)?.secretAccessKey == next.secret)
            #expect(try fixture.registrar.accessKeys(of: Fixture.other, user: "ann").map(\.isActive).filter { $0 }.count == 2)
        }
        for _ in 3..<IdentityLimits.keysPerHolderMax { _ = try await fixture.makeKey(user: "ann") }
        await #expect(throws: IdentityError.limitExceeded(.keysPerHolder)) {
            _ = try await fixture.registrar.rotateAccessKey(next.key.id, keepsOld: false, fixture.origin)
        }
        #expect(fixture.identity.credential(for: next.key.id) != nil)
        await #expect(throws: IdentityError.noSuchAccessKey("NONE")) {
            _ = try await fixture.registrar.rotateAccessKey("NONE", keepsOld: false, fixture.origin)
        }
        await #expect(throws: IdentityError.keyIsConfigured("ROOTKEY")) {
            _ = try await fixture.registrar.rotateAccessKey("ROOTKEY", keepsOld: false, fixture.origin)
        }
    }

    @Test func rootKeysOfTheConfigurationStay() async throws {
        let fixture = Fixture()
        await #expect(throws: IdentityError.accessKeyExists("ROOTKEY")) { _ = try await fixture.makeKey(Fixture.account, id: "ROOTKEY") }
        await #expect(throws: IdentityError.keyIsConfigured("ROOTKEY")) {
            _ = try await fixture.registrar.setAccessKey("ROOTKEY", isActive: false, fixture.origin)
        }
        await #expect(throws: IdentityError.keyIsConfigured("ROOTKEY")) {
            try await fixture.registrar.deleteAccessKey("ROOTKEY", fixture.origin)
        }
        #expect(fixture.identity.credential(for: "ROOTKEY")?.secretAccessKey == "rootsecret")
    }

    @Test func survivesARestartAndIsNeverStoredInClear() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        _ = try await fixture.registrar.createUser("ann", of: Fixture.other, fixture.origin)
        let (one, two) = (try await fixture.makeKey(user: "ann"), try await fixture.makeKey())
        _ = try await fixture.registrar.setAccessKey(two.key.id, isActive: false, fixture.origin)
        let later = try await fixture.restarted()
        let credential = try #require(later.identity.credential(for: one.key.id))
        #expect(credential.secretAccessKey == one.secret && credential.principal.userName == "ann")
        #expect(later.identity.credential(for: two.key.id) == nil)
        _ = try await later.registrar.setAccessKey(two.key.id, isActive: true, later.origin)
        #expect(later.identity.credential(for: two.key.id)?.secretAccessKey == two.secret)
        let needle = Hex.encode(Array(one.secret.utf8))
        #expect(!fixture.ledger.contents.contains { Hex.encode($0.value).contains(needle) })
        #expect(!fixture.ledger.allRecords.contains { $0.facts.contains { Hex.encode($0.payload).contains(needle) } })
    }

    @Test func anotherMasterKeyIsRefusedByName() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let id = try await fixture.makeKey().key.id
        for masterKeys in [nil, Fixture.masterKeys(seed: 2)] {
            do {
                _ = try await fixture.restarted(masterKeys: masterKeys)
                Issue.record("started")
            } catch IdentityError.secretUnreadable(let text) {
                #expect(text.contains(id) && text.contains("master key"))
            }
        }
    }

    @Test func withoutAMasterKeyNoKeyIsMade() async throws {
        let fixture = Fixture(masterKeys: nil)
        try await fixture.makeAccount()
        let before = fixture.ledger.contents.count
        await #expect(throws: IdentityError.noMasterKey) { _ = try await fixture.makeKey() }
        #expect(fixture.ledger.contents.count == before)
    }

    @Test func rotationWrapsAnew() async throws {
        let (random, first, second) = (SimRandom(seed: 5), DataKey(random: SimRandom(seed: 1)), DataKey(random: SimRandom(seed: 2)))
        let fixture = Fixture(masterKeys: MasterKeys(current: first, random: random))
        try await fixture.makeAccount()
        let made = try await fixture.makeKey()
        let both = try await fixture.restarted(masterKeys: MasterKeys(current: second, older: [first], random: random))
        #expect(try await both.registrar.rewrap() == 1)
        #expect(try await both.registrar.rewrap() == 0)
        let later = try await fixture.restarted(masterKeys: MasterKeys(current: second, random: random))
        #expect(later.identity.credential(for: made.key.id)?.secretAccessKey == made.secret)
    }

    @Test func aHolderHasAFewOnly() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        for _ in 0..<IdentityLimits.keysPerHolderMax { _ = try await fixture.makeKey() }
        await #expect(throws: IdentityError.limitExceeded(.keysPerHolder)) { _ = try await fixture.makeKey() }
        let one = try #require(try fixture.registrar.accessKeys(of: Fixture.other).first)
        try await fixture.registrar.deleteAccessKey(one.id, fixture.origin)
        _ = try await fixture.makeKey()
    }

    /// Two hundred changes of one key at once: memory ends as the ledger does.
    @Test func memoryFollowsTheLedger() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let made = try await fixture.makeKey(id: "CONTESTED")
        for round in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                for change in 0..<10 {
                    group.addTask {
                        switch (round + change) % 4 {
                        case 0: try? await fixture.registrar.deleteAccessKey("CONTESTED", fixture.origin)
                        case 1: _ = try? await fixture.makeKey(id: "CONTESTED", secret: "secret-\(round)-\(change)")
                        case let other: _ = try? await fixture.registrar.setAccessKey("CONTESTED", isActive: other == 2, fixture.origin)
                        }
                    }
                }
            }
            let later = try await fixture.restarted()
            let (seen, stored) = (fixture.identity.credential(for: "CONTESTED"), later.identity.credential(for: "CONTESTED"))
            #expect(seen?.secretAccessKey == stored?.secretAccessKey)
            let keys = try (fixture.registrar.accessKeys(of: Fixture.other), later.registrar.accessKeys(of: Fixture.other))
            #expect(keys.0 == keys.1)
        }
        #expect(made.key.id == "CONTESTED")
    }

    @Test func aFailedCommitChangesNoMemory() async throws {
        let fixture = Fixture()
        try await fixture.makeAccount()
        let made = try await fixture.makeKey()
        fixture.ledger.fail(with: .busy)
        await #expect(throws: IdentityError.ledger(.busy)) {
            _ = try await fixture.registrar.setAccessKey(made.key.id, isActive: false, fixture.origin)
        }
        #expect(fixture.identity.credential(for: made.key.id) != nil)
    }
}
