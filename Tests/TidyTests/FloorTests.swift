import Testing

/// Nobody imports upwards or sideways; a room's name says its floor.
@Suite struct FloorTests {
    static let floors = ["Base", "Storage", "Domains", "Protocols", "App"]

    /// Rooms that others of the same floor may use: those below them on that floor.
    static let shared: [String: Set<String>] = [
        "Base": ["Model", "Bytes", "CIntrinsics", "CZlib", "Environment", "JSON"],
        "Storage": ["StoragePorts", "Journal", "Index", "BlobFiles", "CRocksDB"],
        "Domains": [],
        "Protocols": ["Doors", "AWSWire", "CExpat"],
        "App": ["RoostServer"],
    ]

    static let floorOfRoom: [String: String] = {
        var result: [String: String] = [:]
        for path in SourceTree.files(in: "Sources", ending: "") {
            if let (floor, room) = SourceTree.floorAndRoom(of: path), floors.contains(floor) { result[room] = floor }
        }
        return result
    }()

    @Test func importsGoDown() throws {
        var faults: [String] = []
        for path in SourceTree.files(in: "Sources", ending: ".swift") {
            guard let (floor, room) = SourceTree.floorAndRoom(of: path), let level = Self.floors.firstIndex(of: floor) else { continue }
            for name in SourceTree.imports(in: path) {
                guard name != room, let other = Self.floorOfRoom[name], let otherLevel = Self.floors.firstIndex(of: other) else { continue }
                let sideways = otherLevel == level && Self.shared[floor]?.contains(name) != true
                if otherLevel > level || sideways { faults.append("\(path) imports \(name)") }
            }
        }
        #expect(faults == [])
        #expect(Self.floorOfRoom.count > 5, "the tree was found")
    }

    /// Domains and protocols know ports, not engines; only the composition root knows concrete storage.
    @Test func onlyTheCompositionRootKnowsEngines() {
        let engines: Set = ["Journal", "Index", "BlobFiles", "EmbeddedStorage", "CRocksDB"]
        let faults = SourceTree.files(in: "Sources", ending: ".swift").filter { path in
            guard let (floor, _) = SourceTree.floorAndRoom(of: path), ["Domains", "Protocols"].contains(floor) else { return false }
            return !engines.isDisjoint(with: SourceTree.imports(in: path))
        }
        #expect(faults == [])
    }

    @Test func nobodyImportsFullFoundation() {
        let faults = SourceTree.files(in: "Sources", ending: ".swift").filter { path in
            let lines = SourceTree.lines(of: path)
            return lines.indices.contains { index in
                lines[index].hasSuffix("import Foundation") && (index == 0 || lines[index - 1] != "#else")
            }
        }
        #expect(faults == [])
    }

    @Test func onlyTheIndexImportsRocksDB() {
        let faults = SourceTree.files(in: "Sources", ending: ".swift").filter {
            SourceTree.imports(in: $0).contains("CRocksDB") && !$0.hasPrefix("Sources/Storage/Index/")
        }
        #expect(faults == [])
    }
}
