import Testing

/// docs/FORMAT.md names what the sources persist, and nothing that is not there.
@Suite struct FormatDocumentTests {
    struct Tag: Hashable {
        let path: String
        let name: String
        let number: UInt8

        /// `Sources/Domains/Objects/ObjectKeys.swift` -> `Objects`.
        var room: String { SourceTree.floorAndRoom(of: path)?.room ?? "" }
    }

    static let path = "docs/FORMAT.md"
    static let text = SourceTree.lines(of: path).joined(separator: "\n")
    /// The first cell of each table row that begins with code, without its marks: `20 bucket-name`, `0x2001`.
    static let rows: [(cell: String, line: String)] = SourceTree.lines(of: path).compactMap { line in
        guard line.hasPrefix("| `") else { return nil }
        let cell = line.dropFirst(3)
        return cell.firstIndex(of: "|").map { (cell[..<$0].filter { $0 != "`" }.trimmed, String(line)) }
    }
    static let swiftFiles = SourceTree.files(in: "Sources", ending: ".swift")

    static func names(_ words: String) -> Bool { text.contains(words) }

    static func hex(_ number: UInt8) -> String {
        (number < 16 ? "0" : "") + String(number, radix: 16, uppercase: true)
    }

    /// `    static let bucketTag: UInt8 = 0x20`
    static let tags: [Tag] = swiftFiles.flatMap { path in
        SourceTree.lines(of: path).compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 6, words[0] == "static", words[2].hasSuffix("Tag:"), words[3] == "UInt8", words[5].hasPrefix("0x"),
                let number = UInt8(words[5].dropFirst(2), radix: 16)
            else { return nil }
            return Tag(path: path, name: String(words[2].dropLast()), number: number)
        }
    }

    static let domainTags = tags.filter { $0.path.hasPrefix("Sources/Domains/") }
    static let storageTags = tags.filter { $0.path.hasPrefix("Sources/Storage/") }

    /// `    package static let bucketCreated = Fact.Kind(rawValue: 0x2001)`
    static let kinds: [(room: String, name: String, number: UInt16)] = swiftFiles.flatMap { path in
        SourceTree.lines(of: path).compactMap { line in
            let parts = line.split(separator: " ")
            guard let value = parts.last, value.hasPrefix("0x"), line.contains("= Fact.Kind(rawValue: 0x"),
                let number = UInt16(value.dropFirst(2).dropLast(), radix: 16), let equals = parts.firstIndex(of: "="), equals > 0
            else { return nil }
            return (SourceTree.floorAndRoom(of: path)?.room ?? "", String(parts[equals - 1]), number)
        }
    }

    @Test func theSourcesWereFound() {
        #expect(Self.text.utf8.count > 1000)
        #expect(Set(Self.domainTags.map(\.room)).isSuperset(of: ["Objects", "Queues"]))
        #expect(Self.storageTags.count >= 4 && Self.kinds.count >= 9)
    }

    @Test func everyKeyHasARow() {
        let cells = Self.rows.map(\.cell)
        let wanted = Self.domainTags.map { ($0, Self.hex($0.number)) } + Self.storageTags.map { ($0, "00 " + Self.hex($0.number)) }
        for (tag, key) in wanted {
            #expect(
                cells.filter { $0 == key || $0.hasPrefix(key + " ") }.count == 1, "\(tag.name) in \(tag.path): one row with `\(key) ...`")
        }
        #expect(cells.contains("00 00"), "the index's own key")
    }

    /// A row whose number the sources do not have says that it is reserved.
    @Test func everyRowHasAKeyOrAFact() {
        let known = Set(Self.domainTags.map { Self.hex($0.number) })
        for (cell, line) in Self.rows {
            let words = cell.split(separator: " ")
            guard words.count > 1, words[0].utf8.count == 2, let number = UInt8(words[0], radix: 16), number >= 0x10, words[1] != "to"
            else {
                continue
            }
            #expect(known.contains(String(words[0])) || line.contains("reserved"), "\(line)")
        }
        let kinds = Set(Self.kinds.map { String($0.number, radix: 16) })
        for (cell, line) in Self.rows where cell.hasPrefix("0x") && !cell.contains(" ") {
            #expect(kinds.contains(String(cell.dropFirst(2).lowercased())) || line.contains("reserved"), "\(line)")
        }
    }

    /// A domain's keys share a high half of their first byte, and its facts that of their kind; no other domain has it.
    @Test func domainsDoNotMeet() {
        var owners: [UInt8: String] = [:]
        for tag in Self.domainTags {
            #expect(tag.number >= 0x10, "\(tag.name) lies in storage's part")
            let owner = owners[tag.number >> 4, default: tag.room]
            #expect(owner == tag.room, "\(tag.name) of \(tag.room) lies in \(owner)'s part")
            owners[tag.number >> 4] = tag.room
        }
        for kind in Self.kinds {
            #expect(owners[UInt8(kind.number >> 12)] == kind.room, "\(kind.name) lies outside of \(kind.room)'s part")
        }
        #expect(Set(Self.domainTags.map(\.number)).count == Self.domainTags.count, "two keys have the same first byte")
        #expect(Set(Self.storageTags.map(\.number)).count == Self.storageTags.count, "two of storage's keys have the same second byte")
        #expect(Set(Self.kinds.map(\.number)).count == Self.kinds.count, "two facts have the same kind")
    }

    @Test func everyFactHasARow() {
        for kind in Self.kinds {
            let number = "0x" + String(kind.number, radix: 16, uppercase: true)
            let name = kind.name.prefix(1).uppercased() + kind.name.dropFirst()
            #expect(Self.rows.contains { $0.cell == number && $0.line.contains("`\(name)`") }, "\(number) \(name)")
        }
    }

    @Test func everyMessageIsNamed() {
        let files = SourceTree.files(in: "Sources", ending: ".proto")
        #expect(files.count >= 2)
        for path in files {
            #expect(Self.names("`\(path)`"), "\(path)")
            for line in SourceTree.lines(of: path) where line.hasPrefix("message ") {
                let name = line.split(separator: " ")[1]
                #expect(Self.names("`\(name)`"), "\(name) of \(path)")
            }
        }
    }

    /// Texts such as "RoostPak" in storage's code, and in the comments that spell numbers out.
    @Test func everyMagicIsNamed() {
        var found: Set<String> = []
        for path in Self.swiftFiles where path.hasPrefix("Sources/Storage/") {
            for line in SourceTree.lines(of: path) {
                for word in line.split(separator: "\"") where word.utf8.count == 8 && word.hasPrefix("Roost") { found.insert(String(word)) }
            }
        }
        #expect(found.count >= 5)
        for magic in found { #expect(Self.names("\"\(magic)\""), "\(magic)") }
    }

    /// `Sources/...` are files, `RoomTests/File.test` a test in that folder.
    @Test func whatItNamesIsThere() {
        let rooms = Set(SourceTree.files(in: "Tests", ending: ".swift").map { $0.split(separator: "/")[1] })
        var tests = 0
        for (index, piece) in Self.text.split(separator: "`", omittingEmptySubsequences: false).enumerated() where index % 2 == 1 {
            if piece.hasPrefix("Sources/") { #expect(!SourceTree.lines(of: String(piece)).isEmpty, "\(piece)") }
            let parts = piece.split(separator: "/")
            guard parts.count == 2, rooms.contains(parts[0]) else { continue }
            tests += 1
            let names = parts[1].split(separator: ".")
            let lines = SourceTree.files(in: "Tests/\(parts[0])", ending: ".swift").flatMap(SourceTree.lines)
            let isThere = names.count == 1 ? lines.contains { $0.contains("struct \(names[0])") } : true
            #expect(isThere && names.dropFirst().allSatisfy { name in lines.contains { $0.contains("func \(name)(") } }, "\(piece)")
        }
        #expect(tests > 10)
    }

    /// The last cell of a domain's key names tests of that domain.
    @Test func goldenTestsOfKeysAreThere() {
        for tag in Self.domainTags {
            let lines = SourceTree.files(in: "Tests/\(tag.room)Tests", ending: ".swift").flatMap(SourceTree.lines)
            let row = Self.rows.first { $0.cell.hasPrefix(Self.hex(tag.number) + " ") }
            let last = row?.line.split(separator: "|").last ?? ""
            let names = last.split(separator: "`").filter { $0.contains { $0.isLetter } }
            #expect(!names.isEmpty, "\(tag.name) has no golden test")
            for name in names { #expect(lines.contains { $0.contains("func \(name)(") }, "\(name)") }
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var rest = Substring(self)
        while rest.last == " " { rest.removeLast() }
        return String(rest.drop { $0 == " " })
    }
}
