import CIntrinsics

/// The instructions that compute MD5, of several texts side by side.
package struct MD5Lanes: Sendable {
    /// By the best instructions that this processor has.
    package static let fastest = MD5Lanes(roost_md5_method())
    /// All that this processor has, for tests.
    package static let all = (ROOST_MD5_PLAIN.rawValue...roost_md5_method().rawValue).map { MD5Lanes(roost_md5_method(rawValue: $0)) }

    private let method: roost_md5_method

    private init(_ method: roost_md5_method) {
        self.method = method
    }

    /// Texts that are computed at once.
    package var width: Int { roost_md5_width(method) }

    /// Takes `blocks`, whole ones, into one state.
    package func update(_ words: inout SIMD4<UInt32>, _ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress, !blocks.isEmpty else { return }
        update(&words, [start], blockCount: blocks.count / RunningMD5.blockBytes)
    }

    /// Takes `blockCount` blocks from each of `texts` into the states at `words`, one for each text.
    package func update(_ words: UnsafeMutablePointer<SIMD4<UInt32>>, _ texts: [UnsafeRawPointer], blockCount: Int) {
        let streams = texts.map { Optional($0.assumingMemoryBound(to: UInt8.self)) }
        words.withMemoryRebound(to: (UInt32, UInt32, UInt32, UInt32).self, capacity: texts.count) { states in
            roost_md5_update(method, states, streams, texts.count, blockCount)
        }
    }
}
