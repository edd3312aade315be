import Testing

/// docs/operations.md names every metric of the sources and no other, and constants that are there.
@Suite struct OperationsDocumentTests {
    /// What stands between backticks.
    static let words: Set<String> = {
        let pieces = SourceTree.lines(of: "docs/operations.md").filter { !$0.hasPrefix("```") }
            .flatMap { $0.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 } }
        return Set(pieces.map { String($0.element) })
    }()
    static let sources = SourceTree.files(in: "Sources", ending: ".swift").flatMap(SourceTree.lines)

    /// `name` has letters, digits and underscores only.
    static func isName(_ name: some StringProtocol) -> Bool { !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }

    @Test func everyMetricIsThere() {
        var metrics: Set<String> = []
        for line in Self.sources where line.contains("\"roost_") {
            for piece in line.split(separator: "\"") where piece.hasPrefix("roost_") && Self.isName(piece) { metrics.insert(String(piece)) }
        }
        #expect(metrics.count > 20)
        #expect(Self.words.filter { $0.hasPrefix("roost_") } == metrics)
    }

    /// `EdgeLimits.idleTimeout`: both names are declared somewhere.
    @Test func everyConstantIsThere() {
        var declared: Set<Substring> = []
        for line in Self.sources {
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(where: { ["let", "var", "enum", "struct", "class"].contains($0) }) else { continue }
            if keyword + 1 < words.count { declared.insert(words[keyword + 1].prefix { $0.isLetter || $0.isNumber }) }
        }
        var constants = 0
        for word in Self.words {
            let parts = word.split(separator: ".")
            guard parts.count >= 2, parts.allSatisfy(Self.isName), parts[0].first?.isUppercase == true,
                parts[parts.count - 1].first?.isLowercase == true
            else { continue }
            constants += 1
            #expect(declared.isSuperset(of: parts), "\(word)")
        }
        #expect(constants > 10)
    }
}
