import Bytes
import Envelope
import SimulationKit
import Testing

@Suite struct MessageCipherTests {
    private let key = DataKey(bytes: (0..<32).map { UInt8($0) })!
    private let name: [UInt8] = (0..<16).map { UInt8($0) }

    /// A change here is a change of the format (docs/FORMAT.md).
    @Test func sealsTheSameBytesForGood() {
        let sealed = MessageCipher(key: key).seal(Array("hello".utf8), name: name)
        #expect(Hex.encode(sealed) == "80ad8166e313a2e65febe9c518343e2fc4900945c7")
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1000, 1_048_576])
    func opensWhatItSealed(count: Int) throws {
        let cipher = MessageCipher(key: key)
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = cipher.seal(text, name: name)
        #expect(sealed.count == count + MessageCipher.tagBytes)
        #expect(try cipher.open(sealed, name: name) == text)
    }

    @Test func opensNothingElse() {
        let cipher = MessageCipher(key: key)
        let sealed = cipher.seal(Array("hello".utf8), name: name)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: EnvelopeError.notAuthentic) { try cipher.open(changed, name: name) }
        }
        #expect(throws: EnvelopeError.notAuthentic) { try cipher.open(sealed.dropLast(), name: name) }
        #expect(throws: EnvelopeError.notAuthentic) { try cipher.open(sealed, name: name.reversed()) }
        #expect(throws: EnvelopeError.malformed) { try cipher.open(sealed.prefix(15), name: name) }
        let other = MessageCipher(key: DataKey(random: SimRandom(seed: 1)))
        #expect(throws: EnvelopeError.notAuthentic) { try other.open(sealed, name: name) }
    }
}
