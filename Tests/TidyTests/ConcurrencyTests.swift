import Testing

/// A lock that is held across a suspension is let go on another thread: `Mutex` ends the process then.
@Suite struct ConcurrencyTests {
    @Test func locksAreHeldInScopes() {
        let taking = "_unsafe" + "Lock"
        let faults = (SourceTree.files(in: "Sources", ending: ".swift") + SourceTree.files(in: "Tests", ending: ".swift")).filter { path in
            SourceTree.lines(of: path).contains { $0.contains(taking) }
        }
        #expect(faults == [])
    }
}
