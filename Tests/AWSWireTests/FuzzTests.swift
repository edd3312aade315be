import FuzzTargets
import Testing

/// A short, repeatable run of the fuzz targets: `Fuzz/` has the long, coverage-guided one.
struct FuzzTests {
    static let seed: UInt64 = 20_260_102
    static let iterations = 1500

    @Test(arguments: FuzzTarget.all.map(\.name)) func mutateCorpus(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        print("fuzz \(name): seed \(Self.seed), \(Self.iterations) iterations")
        var random = Seeded(Self.seed)
        let corpus = target.corpus
        for input in corpus { input.withUnsafeBytes(target.run) }
        [UInt8]().withUnsafeBytes(target.run)
        for _ in 0..<Self.iterations {
            var input = corpus.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                Self.mutate(&input, corpus: corpus, random: &random)
            }
            input.withUnsafeBytes(target.run)
        }
    }

    private static let telling: [UInt8] = Array("\u{0}\n\r\"'<>&;%=+/.:,[]{}\\0fF ".utf8) + [0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF]

    private static func mutate(_ input: inout [UInt8], corpus: [[UInt8]], random: inout Seeded) {
        let position = Int.random(in: 0...input.count, using: &random)
        let length = Int.random(in: 1...16, using: &random)
        let end = min(input.count, position + length)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: if position < input.count { input[position] = UInt8.random(in: 0...255, using: &random) }
        case 1: if position < input.count { input[position] = telling.randomElement(using: &random)! }
        case 2: input.insert(telling.randomElement(using: &random)!, at: position)
        case 3: input.removeSubrange(position..<end)
        case 4: input.insert(contentsOf: input[position..<end], at: position)
        default:
            let other = corpus.randomElement(using: &random)!
            let start = Int.random(in: 0..<other.count, using: &random)
            input.insert(contentsOf: other[start..<min(other.count, start + length)], at: position)
        }
    }
}
