import Testing

/// A file is one concept, a function one thought.
@Suite struct SizeTests {
    /// Past this a file holds more than one concept.
    static let fileLinesMax = 800
    /// Past this a function holds more than one thought.
    static let functionLinesMax = 60
    /// What fits beside another file on a screen.
    static let lineCharactersMax = 140

    static let swiftFiles = SourceTree.files(in: "Sources", ending: ".swift") + SourceTree.files(in: "Tests", ending: ".swift")

    @Test func filesAreShort() {
        let faults = Self.swiftFiles.filter { SourceTree.lines(of: $0).count > Self.fileLinesMax }
        #expect(faults == [])
        #expect(Self.swiftFiles.count > 20, "the tree was found")
    }

    @Test func functionsAreShort() {
        var faults: [String] = []
        for path in Self.swiftFiles {
            let lines = SourceTree.lines(of: path)
            for (start, end) in Self.functions(in: lines) where end - start + 1 > Self.functionLinesMax {
                faults.append("\(path):\(start + 1) has \(end - start + 1) lines")
            }
        }
        #expect(faults == [])
    }

    @Test func functionsAreFound() {
        let text = """
            struct A {
                package func f() {
                    g()
                }
                init(a: Int) {
                    h()
                }
            }
            """
        let found = Self.functions(in: text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(found.map(\.0) == [1, 4])
        #expect(found.map(\.1) == [3, 6])
    }

    /// First and last lines of functions and initialisers, by the formatter's indentation.
    static func functions(in lines: [Substring]) -> [(Int, Int)] {
        var result: [(Int, Int)] = []
        for (start, line) in lines.enumerated() {
            let code = line.drop { $0 == " " }
            let indent = line.count - code.count
            let words = code.split(separator: " ")
            guard let keyword = words.first(where: { !modifiers.contains(String($0)) && !$0.hasPrefix("@") }) else { continue }
            guard keyword == "func" || keyword.hasPrefix("init(") || keyword.hasPrefix("init?(") else { continue }
            guard bodyOpens(in: lines[start...]) else { continue }
            let closing = String(repeating: " ", count: indent) + "}"
            if let end = lines[start...].firstIndex(where: { $0 == closing }) { result.append((start, end)) }
        }
        return result
    }

    /// Whether the declaration at the front has a body of several lines, rather than none (in a protocol) or one on its own line.
    private static func bodyOpens(in lines: ArraySlice<Substring>) -> Bool {
        var depth = 0
        for index in lines.indices {
            depth += lines[index].count { $0 == "(" } - lines[index].count { $0 == ")" }
            guard depth == 0 else { continue }
            if lines[index].hasSuffix("{") { return true }
            let next = index + 1 < lines.endIndex ? lines[index + 1].drop { $0 == " " } : ""
            guard ["where", "->", "throws", "async"].contains(where: { next.hasPrefix($0) }) else { return false }
        }
        return false
    }

    private static let modifiers: Set = [
        "package", "private", "fileprivate", "internal", "static", "mutating", "final", "override", "consuming", "borrowing", "nonisolated",
        "convenience",
    ]
}
