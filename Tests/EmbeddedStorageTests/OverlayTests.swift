import SimulationKit
import StoragePorts
import Testing

@Suite struct OverlayTests {
    /// Keys that begin alike, of all lengths around the eight bytes that are compared at a step, one the beginning of another.
    @Test func theOutcomeIsInTheOrderOfItsKeys() {
        let random = SimRandom(seed: 17)
        let overlay = Overlay()
        var keys: Set<[UInt8]> = []
        for _ in 0..<500 {
            let same = [UInt8](repeating: 0xFF, count: Int(random.next() % 18))
            let key = [0x21] + same + random.bytes(Int(random.next() % 4))
            keys.insert(key)
            overlay.set(key, key)
        }
        #expect(overlay.outcome.map(\.key) == keys.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(overlay.outcome.allSatisfy { $0.key == $0.value })
    }
}
