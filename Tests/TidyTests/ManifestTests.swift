import Testing

@Suite struct ManifestTests {
    /// Every target of the manifest has a folder and every room's folder is a target.
    @Test func everyRoomIsATarget() {
        let manifest = SourceTree.lines(of: "Package.swift").joined(separator: "\n")
        let rooms = Set(
            SourceTree.files(in: "Sources", ending: "").compactMap { path -> String? in
                let parts = path.split(separator: "/")
                return parts.count > 3 ? String(parts[2]) : nil
            })
        let missing = rooms.filter { !manifest.contains("\"\($0)\"") }
        #expect(missing == [])
        #expect(rooms.contains("Model"))
    }

    /// Source texts hold no unfinished work.
    @Test func nothingIsLeftUndone() {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "fatalError(\"unimpl" + "emented"]
        let faults = SizeTests.swiftFiles.filter { path in
            SourceTree.lines(of: path).contains { line in marks.contains { line.contains($0) } }
        }
        #expect(faults == [])
    }
}
