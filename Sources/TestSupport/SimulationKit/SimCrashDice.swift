/// Decides, from a seed, what a power cut leaves of the unsynced changes.
struct SimCrashDice {
    private enum Manner {
        case keepAll
        case dropAll
        /// All changes up to and with this one; the next is torn.
        case cut(Int)
        /// Each place by itself.
        case scattered
    }

    private let random: SimRandom
    private let contents: Manner
    private let names: Manner

    /// `sequences` are the numbers of all unsynced changes.
    init(seed: UInt64, sequences: [Int]) {
        random = SimRandom(seed: seed)
        let oldest = (sequences.min() ?? 1) - 1
        let newest = sequences.max() ?? oldest
        let moment = random.int(in: oldest...max(oldest, newest))
        switch random.int(in: 1...8) {
        case 1: (contents, names) = (.keepAll, .keepAll)
        case 2: (contents, names) = (.dropAll, .dropAll)
        case 3, 4: (contents, names) = (.cut(moment), .cut(moment))
        // The classic of a journaling file system: the name is there, the bytes are not.
        case 5: (contents, names) = (.dropAll, .keepAll)
        case 6: (contents, names) = (.scattered, .cut(moment))
        case 7: (contents, names) = (.keepAll, .scattered)
        default: (contents, names) = (.scattered, .scattered)
        }
    }

    private init(random: SimRandom, contents: Manner, names: Manner) {
        self.random = random
        self.contents = contents
        self.names = names
    }

    /// The dice for one file: with scattered contents one file may still be all there or all lost.
    func forFile() -> SimCrashDice {
        guard case .scattered = contents else { return self }
        let own: Manner =
            switch random.int(in: 1...4) {
            case 1: .keepAll
            case 2: .dropAll
            default: .scattered
            }
        return SimCrashDice(random: random, contents: own, names: names)
    }

    /// Whether no unsynced content survives.
    var losesContents: Bool {
        if case .dropAll = contents { true } else { false }
    }

    /// Whether all unsynced content survives.
    var keepsContents: Bool {
        if case .keepAll = contents { true } else { false }
    }

    /// How many of the versions of one place, oldest first, reached the medium: it holds the last of these.
    func keptCount(of sequences: [Int]) -> Int {
        switch contents {
        case .keepAll: return sequences.count
        case .dropAll: return 0
        case .cut(let moment):
            let whole = sequences.count { $0 <= moment }
            let isTorn = whole < sequences.count && sequences[whole] == moment + 1
            return isTorn && random.oneIn(2) ? whole + 1 : whole
        case .scattered: return random.int(in: 0...sequences.count)
        }
    }

    /// Whether an unsynced change of names reached the medium.
    func keepsName(_ sequence: Int) -> Bool {
        switch names {
        case .keepAll: true
        case .dropAll: false
        case .cut(let moment): sequence <= moment
        case .scattered: random.oneIn(2)
        }
    }
}
