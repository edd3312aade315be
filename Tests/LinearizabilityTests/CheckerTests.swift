import Testing

/// The checker, on histories whose answer is known.
@Suite struct CheckerTests {
    private func isLinearizable(_ events: Event...) -> Bool {
        guard let order = Linearization.find(events) else { return false }
        #expect(Set(order) == Set(events) && order.count == events.count)
        return true
    }

    @Test func nothingHappened() {
        #expect(isLinearizable())
    }

    @Test func oneAfterTheOther() {
        #expect(
            isLinearizable(
                Event(client: 1, .get, .missing, 1, 2), Event(client: 1, .put(1), .done, 3, 4), Event(client: 2, .get, .seen(1), 5, 6),
                Event(client: 2, .putIfMatch(2, expected: 1), .done, 7, 8),
                Event(client: 1, .deleteIfMatch(expected: 1), .refused, 9, 10),
                Event(client: 1, .deleteIfMatch(expected: 2), .done, 11, 12), Event(client: 2, .delete, .nothingRemoved, 13, 14),
                Event(client: 2, .putIfMatch(3, expected: 2), .missing, 15, 16)))
    }

    /// ```
    /// client 1   |--- put 1 ---|
    /// client 2     |get|  |get|
    /// ```
    @Test func aReadBesideAWriteSeesEitherState() {
        func reads(_ first: Outcome, _ second: Outcome) -> Bool {
            isLinearizable(
                Event(client: 1, .put(1), .done, 1, 8), Event(client: 2, .get, first, 2, 3), Event(client: 2, .get, second, 4, 5))
        }
        #expect(reads(.missing, .missing))
        #expect(reads(.missing, .seen(1)))
        #expect(reads(.seen(1), .seen(1)))
        #expect(!reads(.seen(1), .missing), "time does not run backwards")
    }

    @Test func aStaleRead() {
        let writes = [Event(client: 1, .put(1), .done, 1, 2), Event(client: 1, .put(2), .done, 3, 4)]
        #expect(Linearization.find(writes + [Event(client: 2, .get, .seen(1), 5, 6)]) == nil)
        #expect(Linearization.find(writes + [Event(client: 2, .get, .seen(2), 5, 6)]) == writes + [Event(client: 2, .get, .seen(2), 5, 6)])
        #expect(Linearization.find([Event(client: 2, .get, .missing, 5, 6)] + writes) == nil)
    }

    @Test func whatNobodyWroteIsNotRead() {
        #expect(!isLinearizable(Event(client: 1, .put(1), .done, 1, 4), Event(client: 2, .get, .seen(2), 2, 3)))
    }

    /// Both were under way at once, so either may win, but not both.
    @Test func twoWinnersOfIfNoneMatch() {
        func race(_ first: Outcome, _ second: Outcome) -> Bool {
            isLinearizable(Event(client: 1, .putIfAbsent(1), first, 1, 3), Event(client: 2, .putIfAbsent(2), second, 2, 4))
        }
        #expect(race(.done, .refused))
        #expect(race(.refused, .done))
        #expect(!race(.done, .done))
        #expect(!race(.refused, .refused))
    }

    /// A delete between them makes room for the second.
    @Test func aDeleteMakesRoomForASecondWinner() {
        #expect(
            isLinearizable(
                Event(client: 1, .putIfAbsent(1), .done, 1, 4), Event(client: 2, .putIfAbsent(2), .done, 2, 5),
                Event(client: 3, .delete, .done, 3, 6)))
        #expect(
            !isLinearizable(
                Event(client: 1, .putIfAbsent(1), .done, 1, 4), Event(client: 2, .putIfAbsent(2), .done, 2, 5),
                Event(client: 3, .delete, .nothingRemoved, 3, 6)))
    }

    /// Both replaced the same value: the first one's write is lost.
    @Test func aLostUpdate() {
        func race(_ second: Outcome, thenSeen value: Int) -> Bool {
            isLinearizable(
                Event(client: 1, .put(1), .done, 1, 2), Event(client: 1, .putIfMatch(2, expected: 1), .done, 3, 5),
                Event(client: 2, .putIfMatch(3, expected: 1), second, 4, 6), Event(client: 1, .get, .seen(value), 7, 8))
        }
        #expect(race(.refused, thenSeen: 2))
        #expect(!race(.done, thenSeen: 3))
        #expect(!race(.done, thenSeen: 2))
    }

    @Test func whatWasRemovedDoesNotComeBack() {
        let past = [Event(client: 1, .put(1), .done, 1, 2), Event(client: 1, .delete, .done, 3, 4)]
        #expect(Linearization.find(past + [Event(client: 2, .get, .seen(1), 5, 6)]) == nil)
        #expect(Linearization.find(past + [Event(client: 2, .deleteIfMatch(expected: 1), .done, 5, 6)]) == nil)
        #expect(Linearization.find(past + [Event(client: 2, .delete, .done, 5, 6)]) == nil)
    }

    /// 60 calls at once, 58 of them refused, which might have been so in any of 58! orders.
    @Test func manyRefusalsAreNoWork() {
        var events = (0..<59).map { Event(client: $0, .putIfAbsent($0), $0 == 7 ? .done : .refused, UInt64($0 + 1), UInt64($0 + 100)) }
        #expect(Linearization.find(events) != nil)
        events.append(Event(client: 60, .get, .seen(8), 60, 200))
        #expect(Linearization.find(events) == nil)
    }

    /// 16 writes at once: 16! orders, of which the search sees the sets only.
    @Test func theSearchRemembers() {
        var events = (0..<16).map { Event(client: $0, .put($0), .done, UInt64($0 + 1), UInt64($0 + 100)) }
        #expect(Linearization.find(events + [Event(client: 17, .get, .seen(3), 200, 201)]) != nil)
        events.append(Event(client: 17, .get, .seen(99), 200, 201))
        #expect(Linearization.find(events) == nil)
    }
}
