import CIntrinsics
import Synchronization

/// The kernel's cryptographically secure generator, fetched 256 bytes at a time: one system call for 32 numbers.
package final class SystemRandom: RandomSource {
    /// The most that one call to the kernel gives.
    private static let wordCount = 32

    private struct Store {
        var words = [UInt64](repeating: 0, count: SystemRandom.wordCount)
        var left = 0
    }

    private let store = Mutex(Store())

    package init() {}

    package func next() -> UInt64 {
        store.withLock { store in
            if store.left == 0 {
                let result = store.words.withUnsafeMutableBytes { roost_random_fill($0.baseAddress, $0.count) }
                precondition(result == 0, "the kernel gives no random bytes")
                store.left = Self.wordCount
            }
            store.left -= 1
            let word = store.words[store.left]
            // What was given out must not be found in memory later.
            store.words[store.left] = 0
            return word
        }
    }
}

extension Environment {
    /// The machine's own disk, clock and randomness.
    package static func system() -> Environment {
        Environment(disk: LinuxDisk(), clock: SystemClock(), random: SystemRandom())
    }
}
