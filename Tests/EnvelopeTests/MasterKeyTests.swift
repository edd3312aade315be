import Bytes
import Envelope
import SimulationKit
import Testing

@Suite struct MasterKeyTests {
    let random = SimRandom(seed: 7)
    let context = WrapContext("a purpose", "bucket", "key")
    let secret = Array("the thirty-two bytes of a secret".utf8)

    private func key(_ fill: UInt8) throws -> DataKey {
        try #require(DataKey(bytes: [UInt8](repeating: fill, count: 32)))
    }

    @Test func aWrapOpensInItsContextOnly() throws {
        let keys = MasterKeys(current: try key(1), random: random)
        let wrapped = keys.wrap(secret, context)
        #expect(wrapped.count == secret.count + 49)
        #expect(MasterKeys.keyID(of: wrapped) == keys.currentID)
        #expect(try keys.unwrap(wrapped, context) == secret)
        #expect(keys.wrap(secret, context) != wrapped, "every wrap has its own salt")
        for other in [
            WrapContext("a purpose", "bucket", "kez"), WrapContext("a purpose", "bucketk", "ey"), WrapContext("another", "bucket", "key"),
        ] {
            #expect(throws: EnvelopeError.notAuthentic) { try keys.unwrap(wrapped, other) }
        }
    }

    @Test func everyBitCounts() throws {
        let keys = MasterKeys(current: try key(1), random: random)
        let wrapped = keys.wrap(secret, context)
        for index in wrapped.indices {
            var changed = wrapped
            changed[index] ^= 0x10
            #expect(throws: EnvelopeError.self) { try keys.unwrap(changed, context) }
        }
        for count in 0..<wrapped.count { #expect(throws: EnvelopeError.self) { try keys.unwrap(Array(wrapped[..<count]), context) } }
    }

    @Test func anOlderKeyUnwrapsAndTheNewOneRewraps() throws {
        let before = MasterKeys(current: try key(1), random: random)
        let wrapped = before.wrap(secret, context)
        let both = MasterKeys(current: try key(2), older: [try key(1)], random: random)
        #expect(try both.unwrap(wrapped, context) == secret)
        let again = try #require(try both.rewrap(wrapped, context))
        #expect(try both.rewrap(again, context) == nil)
        let after = MasterKeys(current: try key(2), random: random)
        #expect(try after.unwrap(again, context) == secret)
        #expect(throws: EnvelopeError.masterKeyAbsent(before.currentID)) { try after.unwrap(wrapped, context) }
    }

    @Test func dataKeysWrapToo() throws {
        let wrapped = try key(3).wrap(secret, context, random: random)
        #expect(try key(3).unwrap(wrapped, context) == secret)
        #expect(throws: EnvelopeError.notAuthentic) { try key(4).unwrap(wrapped, context) }
    }

    /// Frozen: docs/FORMAT.md.
    @Test func wrapsAreOfTheDocumentedForm() throws {
        let keys = MasterKeys(current: try key(1), random: random)
        #expect(keys.currentID.description == "9e693e7e2a2c6c35")
        #expect(
            Hex.encode(keys.wrap([1, 2, 3], context))
                == "019e693e7e2a2c6c35d70d3259e4e1cb631c663cf4d73c4c04022ab1ba804098e689996e7a34bf9622ee233d0ca3d5fcf13218fc")
        #expect(
            Hex.encode(try key(1).wrap([1, 2, 3], context, random: random))
                == "01cb293e6770eb3a95da211e6a663bd37311aabecb86beda3fcc06b4a4718217f67065c1f63d3aa47cef943c")
        #expect(Hex.encode(WrapContext("ab", "c", "").bytes) == "0000000261620000000163" + "00000000")
    }

    @Test func theTextOfARing() throws {
        let first = Base64.encode(try key(1).bytes)
        let second = Base64.encode(try key(2).bytes)
        let keys = try MasterKeyText.parse("# comment\n\n \(first)  # the new one\r\n\(second)\n", random: random)
        #expect(keys.currentID == MasterKeys(current: try key(1), random: random).currentID)
        #expect(keys.holds(MasterKeys(current: try key(2), random: random).currentID))
        #expect(try MasterKeyText.parse("\(first),\(second)", random: random).currentID == keys.currentID)
        #expect(throws: MasterKeyText.Problem.empty) { try MasterKeyText.parse("# nothing\n", random: random) }
        #expect(throws: MasterKeyText.Problem.badLine(2)) { try MasterKeyText.parse("\(first)\nAAAA", random: random) }
        _ = try MasterKeyText.parse(MasterKeyText.made(random: random), random: random)
    }
}
