import Index
import Model
import SimulationKit
import StoragePorts
import Testing

/// What every index has to do.
@Suite struct ConformanceTests {
    @Test(arguments: Kind.allCases) func anEmptyIndexHasNothing(kind: Kind) throws {
        let fixture = try Fixture(kind)
        #expect(fixture.index.appliedLSN == .zero)
        #expect(try fixture.index.durableLSN() == .zero)
        let snapshot = try fixture.index.makeSnapshot(mayBlock: true)
        #expect(snapshot.lsn == .zero)
        #expect(try snapshot.get([0x41]) == nil)
        #expect(try snapshot.entries() == [])
        #expect(try snapshot.entries(KeyRange(from: [], to: nil), .backward) == [])
    }

    @Test(arguments: Kind.allCases) func theIndexsOwnKeysAreNotSeen(kind: Kind) throws {
        let fixture = try Fixture(kind)
        try fixture.index.apply(writes: [([0x00, 0x01], [1])], lsn: LSN(1))
        let snapshot = try fixture.index.makeSnapshot(mayBlock: true)
        #expect(try snapshot.entries() == [Pair(key: [0x00, 0x01], value: [1])])
        #expect(try snapshot.entries(KeyRange(from: [], to: nil), .backward) == [Pair(key: [0x00, 0x01], value: [1])])
        for key in [[], [0x00], [0x00, 0x00]] as [[UInt8]] { #expect(try snapshot.get(key) == nil) }
        #expect(try snapshot.entries(KeyRange(from: [], to: [0x00, 0x01])) == [])
        #expect(try fixture.index.verify() == 1)
    }

    /// Random changes, gets and scans both ways against a dictionary; snapshots keep their state; reopening and crashing leave a state at
    /// one of the applied positions.
    @Test(arguments: Kind.allCases, 0..<12) func itDoesAsADictionary(kind: Kind, seed: UInt64) throws {
        let random = SimRandom(seed: seed)
        let fixture = try Fixture(kind)
        var history = [Model()]
        var held: [(any IndexSnapshot, Model)] = []
        for _ in 0..<60 {
            var model = history[history.count - 1]
            switch random.int(in: 1...12) {
            case 1: #expect(try fixture.index.flush() == model.lsn)
            case 2:
                held.removeAll()
                try fixture.reopen()
            case 3:
                held.removeAll()
                let durable = try fixture.index.durableLSN()
                try fixture.crash(random)
                let reached = fixture.index.appliedLSN
                #expect(reached >= durable, "seed \(seed)")
                history = history.filter { $0.lsn <= reached }
                #expect(history.last?.lsn == reached, "seed \(seed)")
            case 4: held.append((try fixture.index.makeSnapshot(mayBlock: true), model))
            default:
                let groups = (0..<random.int(in: 1...3)).map { _ in randomWrites(random) }
                let lsn = LSN(model.lsn.rawValue + UInt64(random.int(in: 1...5)))
                try fixture.index.apply(groups, lsn: lsn)
                for group in groups { model.apply(group, lsn) }
                history.append(model)
            }
            let snapshot = try fixture.index.makeSnapshot(mayBlock: true)
            try compare(snapshot, history[history.count - 1], random, "seed \(seed)")
            if let (old, then) = held.last { try compare(old, then, random, "seed \(seed), held") }
        }
    }

    private func compare(_ snapshot: any IndexSnapshot, _ model: Model, _ random: SimRandom, _ comment: Comment) throws {
        #expect(snapshot.lsn == model.lsn, comment)
        #expect(try snapshot.entries() == model.entries(), comment)
        let key = randomKey(random)
        #expect(try snapshot.get(key) == model.values[key], comment)
        let range = KeyRange(from: randomKey(random), to: random.oneIn(3) ? nil : randomKey(random))
        for direction in [ScanDirection.forward, .backward] {
            #expect(try snapshot.entries(range, direction) == model.entries(range, direction), comment)
            try compareSeeks(snapshot, model, range, direction, random, comment)
        }
    }

    /// Seeks at random, also to places behind, which count as the next entry.
    private func compareSeeks(
        _ snapshot: any IndexSnapshot, _ model: Model, _ range: KeyRange, _ direction: ScanDirection, _ random: SimRandom,
        _ comment: Comment
    ) throws {
        var rest = model.entries(range, direction)[...]
        try snapshot.scan(range, direction) { key, value in
            let pair = Pair(key: Array(key), value: Array(value))
            #expect(rest.first == pair, comment)
            rest = rest.dropFirst()
            guard random.oneIn(2) else { return .next }
            let target = randomKey(random)
            rest = rest.drop { entry in
                direction == .forward ? entry.key.lexicographicallyPrecedes(target) : !entry.key.lexicographicallyPrecedes(target)
            }
            return .seek(target)
        }
        #expect(rest.isEmpty, comment)
    }

    @Test(arguments: Kind.allCases) func aScanStopsAndPassesErrorsOn(kind: Kind) throws {
        struct Mine: Error {}
        let fixture = try Fixture(kind)
        try fixture.index.apply(writes: (0..<100).map { ([0x20, UInt8($0)], [UInt8($0)]) }, lsn: LSN(1))
        let snapshot = try fixture.index.makeSnapshot(mayBlock: true)
        #expect(try snapshot.entries(.prefix([0x20]), .backward, countMax: 2).map(\.value) == [[99], [98]])
        #expect(throws: Mine.self) { try snapshot.scan(.prefix([0x20]), .forward) { _, _ in throw Mine() } }
    }

    @Test(arguments: Kind.allCases) func nothingIsAcceptedAfterClosing(kind: Kind) throws {
        let fixture = try Fixture(kind)
        try fixture.index.apply(writes: [([0x41], [1])], lsn: LSN(1))
        let snapshot = try fixture.index.makeSnapshot(mayBlock: true)
        fixture.index.close()
        fixture.index.close()
        #expect(throws: IndexError.closed) { try fixture.index.apply(writes: [], lsn: LSN(2)) }
        #expect(throws: IndexError.closed) { try fixture.index.flush() }
        #expect(throws: IndexError.closed) { try fixture.index.makeSnapshot(mayBlock: true) }
        #expect(try snapshot.get([0x41]) == [1])
    }
}
