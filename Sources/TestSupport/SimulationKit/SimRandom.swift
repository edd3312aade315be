import Environment
import Synchronization

/// SplitMix64: the same numbers for the same seed, on every machine. Serves a simulated environment and, as a
/// `RandomNumberGenerator`, the standard library's `random(in:using:)` and `shuffle(using:)`.
///
/// Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
package final class SimRandom: RandomSource, RandomNumberGenerator {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) {
        state = Mutex(seed)
    }

    package func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// A number from `range`, uniformly.
    package func int(in range: ClosedRange<Int>) -> Int {
        var generator = self
        return Int.random(in: range, using: &generator)
    }

    /// True once in `n` times on average.
    package func oneIn(_ n: Int) -> Bool { int(in: 1...n) == 1 }

    package func bytes(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            withUnsafeBytes(of: next().littleEndian) { result.append(contentsOf: $0) }
        }
        result.removeLast(result.count - count)
        return result
    }

    /// An independent generator; the same one for the same place in the sequence.
    package func split() -> SimRandom { SimRandom(seed: next()) }
}
