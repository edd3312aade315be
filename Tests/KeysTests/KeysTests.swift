import Bytes
import Envelope
import Keys
import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Testing

@Suite struct KeysTests {
    private let ledger = ModelLedger(clock: SimClock(), blobs: ModelBlobs())
    private let random = SimRandom(seed: 3)
    private let account = AccountID("111122223333")!

    private func keys(_ master: UInt8 = 1, older: [UInt8] = []) throws -> Keys {
        func key(_ fill: UInt8) throws -> DataKey { try #require(DataKey(bytes: [UInt8](repeating: fill, count: 32))) }
        let ring = MasterKeys(current: try key(master), older: try older.map(key), random: random)
        return Keys(ledger: ledger, masterKeys: ring, random: random, account: account, region: .usEast1)
    }

    @Test func aDataKeyOpensInItsContextOnly() async throws {
        let keys = try keys()
        _ = try await keys.create(id: "testkey-1")
        let served = try await keys.generateDataKey("testkey-1", context: ["a": "1", "b": "2"])
        #expect(served.shownKey == "testkey-1")
        #expect(try await keys.decrypt(served.wrapped, context: ["b": "2", "a": "1"]).bytes == served.key.bytes)
        for other in [["a": "1"], ["a": "1", "b": "3"], [:]] {
            await #expect(throws: KeyServiceError.invalidCiphertext) { try await keys.decrypt(served.wrapped, context: other) }
        }
        await #expect(throws: KeyServiceError.invalidCiphertext) { try await keys.decrypt([1, 2, 3], context: [:]) }
    }

    @Test func names() async throws {
        let keys = try keys()
        let made = try await keys.create()
        #expect(made.arn == "arn:aws:kms:us-east-1:111122223333:key/\(made.id)")
        try await keys.setAlias("mine/too", to: made.id)
        for name in [made.id, made.arn, "alias/mine/too", "arn:aws:kms:us-east-1:111122223333:alias/mine/too"] {
            #expect(try await keys.generateDataKey(name, context: [:]).shownKey == made.arn)
        }
        let arn = "arn:aws:kms:us-east-1:111122223333:"
        let unused = "134f2428-cec1-4b25-a1ae-9048164dba47"
        let missing: [(String, MissingKey)] = [
            ("other", .invalidID("other")), ("", .invalidID("")), ("a b", .invalidID("a b")),
            ("arn:aws:s3:::x", .invalidID("arn:aws:s3:::x")),
            ("alias/other", .alias(arn: arn + "alias/other")), (arn + "alias/other", .alias(arn: arn + "alias/other")),
            (unused, .key(arn: arn + "key/\(unused)")), (arn + "key/\(unused)", .key(arn: arn + "key/\(unused)")),
            ("arn:aws:kms:eu-west-1:111122223333:key/\(made.id)", .otherRegion("eu-west-1")),
            ("arn:aws:kms:us-east-1:444455556666:key/\(made.id)", .key(arn: "arn:aws:kms:us-east-1:444455556666:key/\(made.id)")),
        ]
        for (name, why) in missing {
            await #expect(throws: KeyServiceError.notFound(why)) { try await keys.generateDataKey(name, context: [:]) }
        }
        await #expect(throws: KeysError.alreadyExists(made.id)) { try await keys.create(id: made.id) }
        await #expect(throws: KeysError.invalidName("a/b")) { try await keys.create(id: "a/b") }
    }

    @Test func theDefaultKeyIsMadeWhenItIsAskedFor() async throws {
        let keys = try keys()
        let first = try await keys.generateDataKey("alias/aws/s3", context: [:])
        #expect(try await keys.generateDataKey("alias/aws/s3", context: [:]).shownKey == first.shownKey)
        #expect(try await keys.list().map(\.arn) == [first.shownKey])
    }

    @Test func aDisabledKeyServesNobody() async throws {
        let keys = try keys()
        _ = try await keys.create(id: "k")
        let served = try await keys.generateDataKey("k", context: [:])
        try await keys.setEnabled(false, "k")
        await #expect(throws: KeyServiceError.disabled("k")) { try await keys.generateDataKey("k", context: [:]) }
        await #expect(throws: KeyServiceError.disabled("k")) { try await keys.decrypt(served.wrapped, context: [:]) }
        #expect(try await keys.describe("k").isEnabled == false)
        try await keys.setEnabled(true, "k")
        #expect(try await keys.decrypt(served.wrapped, context: [:]).bytes == served.key.bytes)
    }

    @Test func aNewMasterKeyTakesOver() async throws {
        let before = try keys(1)
        _ = try await before.create(id: "k")
        let served = try await before.generateDataKey("k", context: [:])
        try await keys(2, older: [1]).rewrap()
        #expect(try await keys(2).decrypt(served.wrapped, context: [:]).bytes == served.key.bytes)
        let stale = try keys(1)
        await #expect(throws: KeyServiceError.self) { try await stale.decrypt(served.wrapped, context: [:]) }
        #expect(try await ledger.read { try $0.notedMasterKeys().count } == 2)
    }

    /// Frozen: docs/FORMAT.md.
    @Test func keysAreAsDocumented() async throws {
        let keys = try keys()
        _ = try await keys.create(id: "ab", description: "d")
        try await keys.setAlias("x/y", to: "ab")
        let served = try await keys.generateDataKey("ab", context: [:])
        #expect(Hex.encode(served.wrapped.prefix(5)) == "0102616201")
        #expect(served.wrapped.count == 4 + 73)
        let (key, alias) = try await ledger.read { (try $0.get([0x60, 0x61, 0x62]), try $0.get([0x61] + Array("x/y".utf8))) }
        #expect(alias == Array("ab".utf8))
        let value = try #require(key)
        // created_ms (its varint), wrapped_key: 81 bytes, description.
        #expect(value.contains(0x12) && Hex.encode(value.suffix(3)) == "220164")
    }
}
