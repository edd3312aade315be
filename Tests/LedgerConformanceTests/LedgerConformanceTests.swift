import Model
import StoragePorts
import Testing

/// What `Ledger` promises, once, for every implementation.
@Suite struct LedgerConformanceTests {
    struct Refused: Error, Equatable {}

    static let all = KeyRange(from: [StorageKeys.domainFloor], to: nil)

    @Test(arguments: LedgerUnderTest.allCases)
    func aCommitIsVisibleAndNumbered(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            #expect(ledger.applied == .zero)
            let first = try await ledger.commit { $0.put(key("a"), bytes("1")) }
            let second = try await ledger.commit { $0.put(key("b"), bytes("2")) }
            #expect(first.lsn == LSN(1))
            #expect(second.lsn == LSN(2))
            #expect(ledger.applied == LSN(2))
            let (lsn, texts) = try await ledger.read { ($0.lsn, try $0.texts(Self.all)) }
            #expect(lsn == LSN(2))
            #expect(texts == ["a=1", "b=2"])
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func aThrowingClosureChangesNothing(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            _ = try await ledger.commit { $0.put(key("a"), bytes("1")) }
            await #expect(throws: Refused.self) {
                _ = try await ledger.commit { transaction in
                    transaction.put(key("a"), bytes("2"))
                    transaction.delete(key("a"))
                    transaction.put(key("c"), bytes("3"))
                    throw Refused()
                }
            }
            #expect(ledger.applied == LSN(1))
            let next = try await ledger.commit { try $0.texts(Self.all) }
            #expect(next.value == ["a=1"])
            #expect(next.lsn == LSN(1), "a closure that writes nothing makes no record")
        }
    }

    /// In and out of a transaction, with keys that are not there before, between and behind those that are.
    @Test(arguments: LedgerUnderTest.allCases)
    func risingKeysAreReadTogether(_ kind: LedgerUnderTest) async throws {
        let wanted = ["a", "b", "c", "cc", "d", "x", "z"].map(key)
        try await kind.with { ledger in
            #expect(try await ledger.read { try $0.values(ofRising: wanted) } == Array(repeating: nil, count: 7))
            _ = try await ledger.commit { transaction in
                for name in ["b", "bb", "c", "d", "e", "f", "x"] { transaction.put(key(name), bytes(name)) }
            }
            let expected = [nil, "b", "c", nil, "d", "x", nil].map { $0.map { bytes($0) } }
            #expect(try await ledger.read { try $0.values(ofRising: wanted) } == expected)
            let changed = try await ledger.commit { transaction in
                transaction.put(key("a"), bytes("new"))
                transaction.delete(key("d"))
                transaction.put(key("x"), bytes("again"))
                return try transaction.values(ofRising: wanted)
            }
            #expect(changed.value == [bytes("new"), bytes("b"), bytes("c"), nil, nil, bytes("again"), nil])
            #expect(try await ledger.read { try $0.values(ofRising: []) }.isEmpty)
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func aTransactionSeesItsOwnWrites(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            _ = try await ledger.commit { transaction in
                for name in ["a", "b", "c", "d"] { transaction.put(key(name), bytes("0")) }
            }
            let seen = try await ledger.commit { transaction -> [[String]] in
                transaction.put(key("bb"), bytes("1"))
                transaction.put(key("c"), bytes("2"))
                transaction.delete(key("a"))
                transaction.put(key("z"), bytes("3"))
                return [
                    try transaction.texts(Self.all), try transaction.texts(Self.all, .backward),
                    try transaction.texts(KeyRange(from: key("b"), to: key("c"))),
                    [try transaction.get(key("a")) == nil ? "gone" : "there"],
                ]
            }
            #expect(seen.value[0] == ["b=0", "bb=1", "c=2", "d=0", "z=3"])
            #expect(seen.value[1] == ["z=3", "d=0", "c=2", "bb=1", "b=0"])
            #expect(seen.value[2] == ["b=0", "bb=1"])
            #expect(seen.value[3] == ["gone"])
        }
    }

    /// What was made of a key may be used while this stays the same, so it must change with the key, whoever reads.
    @Test(arguments: LedgerUnderTest.allCases)
    func readersTellTheLastChangeUnderATag(_ kind: LedgerUnderTest) async throws {
        let tag = StorageKeys.domainFloor
        let other = [tag + 1, 1]
        try await kind.with { ledger in
            let before = try await ledger.read { $0.lastChange(ofTag: tag) }
            #expect(before == .zero)
            _ = try await ledger.commit { $0.put(key("a"), bytes("1")) }
            _ = try await ledger.commit { $0.put(other, bytes("1")) }
            #expect(try await ledger.read { $0.lastChange(ofTag: tag) } == LSN(1))
            #expect(try await ledger.read { $0.lastChange(ofTag: tag + 1) } == LSN(2))
            let inside = try await ledger.commit { transaction -> [LSN?] in
                let unchanged = transaction.lastChange(ofTag: tag)
                transaction.put(other, bytes("2"))
                return [unchanged, transaction.lastChange(ofTag: tag), transaction.lastChange(ofTag: tag + 1)]
            }
            #expect(inside.value == [LSN(1), LSN(1), nil], "what is not durable yet has no position")
            await #expect(throws: Refused.self) {
                _ = try await ledger.commit { transaction in
                    transaction.delete(key("a"))
                    throw Refused()
                }
            }
            #expect(try await ledger.read { $0.lastChange(ofTag: tag) } == LSN(1))
            _ = try await ledger.commit { $0.delete(key("a")) }
            #expect(try await ledger.read { $0.lastChange(ofTag: tag) } == LSN(4))
            #expect(try await ledger.commit { $0.lastChange(ofTag: tag) }.value == LSN(4))
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func scansSeek(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            _ = try await ledger.commit { transaction in
                for name in ["a/1", "a/2", "b/1", "c/1", "c/2"] { transaction.put(key(name), bytes("0")) }
            }
            @Sendable func prefixes(_ reader: any KeyValueReader, _ direction: ScanDirection) throws -> [String] {
                var found: [String] = []
                try reader.scan(Self.all, direction) { key, _ in
                    let prefix = Array(key.prefix(3))
                    found.append(String(decoding: prefix.dropFirst(), as: UTF8.self))
                    return .seek(direction == .forward ? KeyRange.successor(ofPrefix: prefix)! : prefix)
                }
                return found
            }
            #expect(try await ledger.read { try prefixes($0, .forward) } == ["a/", "b/", "c/"])
            #expect(try await ledger.read { try prefixes($0, .backward) } == ["c/", "b/", "a/"])
            let within = try await ledger.commit { transaction -> [[String]] in
                transaction.put(key("b/0"), bytes("1"))
                transaction.delete(key("c/1"))
                transaction.put(key("d/1"), bytes("1"))
                return [try prefixes(transaction, .forward), try prefixes(transaction, .backward)]
            }
            #expect(within.value == [["a/", "b/", "c/", "d/"], ["d/", "c/", "b/", "a/"]])
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func theFeedHasEveryCommitInOrder(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            for number in 1...25 {
                _ = try await ledger.commit { try $0.emit(Fact(.init(rawValue: 900), bytes("f\(number)"))) }
            }
            var position = LSN.zero
            var seen: [CommittedRecord] = []
            while true {
                let page = try await ledger.records(after: position, countMax: 7)
                guard let last = page.last else { break }
                #expect(page.count <= 7)
                seen += page
                position = last.lsn
            }
            #expect(seen.map(\.lsn.rawValue) == Array(1...25))
            #expect(seen.map { $0.facts.map(\.payload) } == (1...25).map { [bytes("f\($0)")] })
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.time <= $1.time })
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func reactionsRunInTheSameCommit(_ kind: LedgerUnderTest) async throws {
        let trigger = Fact.Kind(rawValue: 901)
        let copy = Reaction(to: trigger) { transaction, fact in
            transaction.put(key("copy"), fact.payload)
            try transaction.emit(Fact(.init(rawValue: 902), fact.payload))
        }
        let refuse = Reaction(to: trigger) { _, fact in
            if fact.payload == bytes("bad") { throw Refused() }
        }
        try await kind.with(reactions: [copy, refuse]) { ledger in
            let good = try await ledger.commit { try $0.emit(Fact(trigger, bytes("good"))) }
            #expect(try await ledger.read { try $0.get(key("copy")) } == bytes("good"))
            await #expect(throws: Refused.self) { _ = try await ledger.commit { try $0.emit(Fact(trigger, bytes("bad"))) } }
            #expect(try await ledger.read { try $0.get(key("copy")) } == bytes("good"))
            let records = try await ledger.records(after: .zero, countMax: 10)
            #expect(records.map(\.lsn) == [good.lsn])
            #expect(records[0].facts.map(\.kind.rawValue) == [901, 902])
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func cursorsOnlyGoForward(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            #expect(try await ledger.cursor("mail") == .zero)
            try await ledger.advanceCursor("mail", to: LSN(5))
            try await ledger.advanceCursor("mail", to: LSN(3))
            #expect(try await ledger.cursor("mail") == LSN(5))
            #expect(try await ledger.cursor("other") == .zero)
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func concurrentCommitsAreSerial(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            let positions = try await withThrowingTaskGroup(of: LSN.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await ledger.commit(reading: [key("n")]) { transaction in
                            let count = try transaction.get(key("n")).map(StorageKeys.decodeCount) ?? 0
                            transaction.put(key("n"), StorageKeys.encodeCount(count + 1))
                        }.lsn
                    }
                }
                return try await group.reduce(into: Set<LSN>()) { $0.insert($1) }
            }
            #expect(positions.count == 200)
            #expect(try await ledger.read { try $0.get(key("n")).map(StorageKeys.decodeCount) } == 200)
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func waitingForAPosition(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            #expect(await ledger.waitUntilApplied(LSN(1), timeout: .milliseconds(5)) == false)
            async let reached = ledger.waitUntilApplied(LSN(2), timeout: .seconds(60))
            _ = try await ledger.commit { $0.put(key("a"), bytes("1")) }
            _ = try await ledger.commit { $0.put(key("a"), bytes("2")) }
            #expect(await reached)
            let waiting = Task { await ledger.waitUntilApplied(LSN(1000), timeout: .seconds(60)) }
            waiting.cancel()
            #expect(await waiting.value == false)
        }
    }

    @Test(arguments: LedgerUnderTest.allCases)
    func relaxedCommitsAreSeenByLaterOnes(_ kind: LedgerUnderTest) async throws {
        try await kind.with { ledger in
            _ = try await ledger.commit(reading: [], durability: .relaxed) { $0.put(key("a"), bytes("1")) }
            let seen = try await ledger.commit { transaction in
                transaction.put(key("b"), bytes("2"))
                return try transaction.get(key("a"))
            }
            #expect(seen.value == bytes("1"))
            #expect(seen.lsn == LSN(2))
        }
    }
}
