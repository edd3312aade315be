import Bytes
import Environment
import StoragePorts

/// What a check of all blobs found.
package struct BlobVerification: Sendable, Equatable {
    package var findings: [BlobFinding] = []
    package var packs = 0
    package var entries = 0
    /// Entries that no record names: dead ones that compaction has not reached. Not listed one by one.
    package var unnamedEntries = 0
    package var files = 0
    /// Payload bytes whose checksums were computed.
    package var payloadBytesChecked: UInt64 = 0

    package init() {}

    /// Nothing is missing or damaged. Orphans are harmless.
    package var isClean: Bool { findings.allSatisfy { $0.kind == .orphaned } }
}

/// Checks every checksum and structure of packs and files, and that everything named by records is there. Only reads; for a data
/// folder that no process has open. Blocks.
package struct BlobVerifier {
    private let disk: any Disk
    private let paths: BlobPaths
    private let named: Set<Extent>
    private let position: PackPosition?
    private var result = BlobVerification()

    /// `named`: the extents in the ledger's records. `position`: that of the journal's last record; what lies behind it in packs is
    /// garbage of a crash, which the next start cuts. Nil when there is no record yet.
    package static func verify(
        _ disk: any Disk, root: String, named: Set<Extent>, position: PackPosition?
    ) throws(BlobError) -> BlobVerification {
        var verifier = BlobVerifier(disk: disk, paths: BlobPaths(root: root), named: named, position: position)
        try verifier.checkPacks()
        try verifier.checkFiles()
        return verifier.result
    }

    private init(disk: any Disk, paths: BlobPaths, named: Set<Extent>, position: PackPosition?) {
        self.disk = disk
        self.paths = paths
        self.named = named
        self.position = position
    }

    private mutating func report(_ kind: BlobFinding.Kind, _ file: String, _ offset: UInt64, _ length: UInt64, _ reason: String) {
        result.findings.append(BlobFinding(kind, file: file, offset: offset, length: length, reason: reason))
    }

    // MARK: Packs

    private mutating func checkPacks() throws(BlobError) {
        var generations: [UInt64: [UInt32]] = [:]
        for name in try names(in: paths.packs) {
            if let (pack, generation) = BlobPaths.generation(name) {
                generations[pack, default: []].append(generation)
            } else {
                report(.orphaned, paths.packs + "/" + name, 0, 0, "no pack's name")
            }
        }
        var namedIn: [UInt64: [UInt64: UInt64]] = [:]
        for extent in named where extent.kind == .pack { namedIn[extent.container, default: [:]][extent.offset] = extent.length }
        for (pack, found) in generations.sorted(by: { $0.key < $1.key }) {
            let expected = namedIn.removeValue(forKey: pack) ?? [:]
            if expected.isEmpty, position.map({ pack > $0.pack }) ?? true {
                for generation in found.sorted() {
                    report(.orphaned, paths.pack(pack, generation: generation), 0, 0, "begun behind the journal's last record")
                }
                continue
            }
            try checkPack(pack, found.sorted(by: >), expected)
        }
        for (pack, expected) in namedIn.sorted(by: { $0.key < $1.key }) {
            for (offset, length) in expected.sorted(by: { $0.key < $1.key }) {
                report(.missing, paths.pack(pack, generation: 1), offset, length, "the pack is missing")
            }
        }
    }

    private mutating func checkPack(_ pack: UInt64, _ descending: [UInt32], _ expected: [UInt64: UInt64]) throws(BlobError) {
        result.packs += 1
        var opened: PackGeneration?
        for generation in descending {
            let path = paths.pack(pack, generation: generation)
            if opened != nil {
                report(.orphaned, path, 0, 0, "a later generation has taken its place")
                continue
            }
            let file = try mappingDiskErrors { () throws(DiskError) in try disk.open(path, .readOnly) }
            do throws(BlobError) {
                opened = try PackGeneration(file, path: path, pack: pack, generation: generation)
            } catch {
                guard case .damaged(let reason) = error else { throw error }
                report(.damaged, path, 0, try size(file), reason)
            }
        }
        guard let opened else {
            let path = paths.pack(pack, generation: descending[0])
            for (offset, length) in expected.sorted(by: { $0.key < $1.key }) {
                report(.damaged, path, offset, length, "lies in a pack that cannot be read")
            }
            return
        }
        try checkEntries(opened, expected)
    }

    private mutating func checkEntries(_ generation: PackGeneration, _ expected: [UInt64: UInt64]) throws(BlobError) {
        var rest = expected
        var walk = try PackWalk(generation, end: position?.pack == generation.pack ? position?.end : nil)
        while let step = try walk.step() {
            switch step {
            case .damage(let from, let to):
                report(.damaged, generation.path, from, to - from, "no valid entry stands here")
            case .entry(let entry, let place):
                result.entries += 1
                let bytes = try walk.bytes(of: entry, at: place)
                if let block = bytes.withUnsafeBytes({ PackGeneration.wrongBlock(in: $0, entry) }) {
                    report(.damaged, generation.path, place, entry.size, "block \(block) of the payload differs from its checksum")
                }
                result.payloadBytesChecked += UInt64(entry.length)
                guard let length = rest.removeValue(forKey: entry.logicalOffset) else {
                    result.unnamedEntries += 1
                    continue
                }
                if length != UInt64(entry.length) {
                    report(.damaged, generation.path, place, entry.size, "holds \(entry.length) bytes, but a record names \(length)")
                }
            }
        }
        for (offset, length) in rest.sorted(by: { $0.key < $1.key }) {
            report(.missing, generation.path, offset, length, "no entry has this logical offset")
        }
    }

    // MARK: Files

    private mutating func checkFiles() throws(BlobError) {
        var rest: [UInt64: UInt64] = [:]
        for extent in named where extent.kind == .file { rest[extent.container] = extent.length }
        for directory in try names(in: paths.files) {
            for name in try names(in: paths.files + "/" + directory) {
                let path = paths.files + "/" + directory + "/" + name
                guard let number = BlobPaths.number(name), paths.file(number) == path, let length = rest.removeValue(forKey: number) else {
                    report(.orphaned, path, 0, 0, "no record names it")
                    continue
                }
                result.files += 1
                try checkFile(path, length)
            }
        }
        for (number, length) in rest.sorted(by: { $0.key < $1.key }) {
            report(.missing, paths.file(number), 0, length, "the file is missing")
        }
    }

    private mutating func checkFile(_ path: String, _ length: UInt64) throws(BlobError) {
        let file = try mappingDiskErrors { () throws(DiskError) in try disk.open(path, .readOnly) }
        let found = try size(file)
        guard length <= 1 << 50, found == FileFormat.size(payload: length) else {
            return report(.damaged, path, 0, found, "\(found) bytes long, which \(length) bytes of payload do not make")
        }
        let trailerAt = found - UInt64(FileFormat.trailerBytes)
        let trailer = FileFormat.decodeTrailer(try bytes(file, trailerAt, FileFormat.trailerBytes))
        if trailer?.length != length { report(.damaged, path, trailerAt, UInt64(FileFormat.trailerBytes), "the trailer is damaged") }
        var tableChecksum: UInt32 = 0
        var offset: UInt64 = 0
        while offset < length {
            let range = BlockRange(from: offset, countMax: BlobLimits.pieceBytesMax, length: length)
            let table = try bytes(
                file, length + range.blocks.lowerBound * UInt64(BlockTable.entryBytes), range.blocks.count * BlockTable.entryBytes)
            tableChecksum = CRC32C.checksum(table, continuing: tableChecksum)
            try checkBlocks(file, path, range, table)
            offset = range.bytes.upperBound
        }
        if let trailer, trailer.tableChecksum != tableChecksum {
            report(.damaged, path, length, trailerAt - length, "the table of checksums differs from its own")
        }
    }

    private mutating func checkBlocks(_ file: any DiskFile, _ path: String, _ range: BlockRange, _ table: [UInt8]) throws(BlobError) {
        let payload = try bytes(file, range.bytes.lowerBound, Int(range.bytes.upperBound - range.bytes.lowerBound))
        var start = 0
        for index in 0..<range.blocks.count {
            let end = min(start + BlobLimits.blockBytes, payload.count)
            let (actual, expected) = payload.withUnsafeBytes { raw in
                table.withUnsafeBytes { entries in
                    (CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[start..<end])), BlockTable.checksum(index, in: entries))
                }
            }
            if actual != expected {
                report(.damaged, path, range.bytes.lowerBound + UInt64(start), UInt64(end - start), "the block differs from its checksum")
            }
            start = end
        }
        result.payloadBytesChecked += UInt64(payload.count)
    }

    // MARK: Disk

    private func names(in directory: String) throws(BlobError) -> [String] {
        try mappingDiskErrors { () throws(DiskError) in try disk.exists(directory) ? try disk.list(directory).sorted() : [] }
    }

    private func size(_ file: any DiskFile) throws(BlobError) -> UInt64 {
        try mappingDiskErrors { () throws(DiskError) in try file.size() }
    }

    private func bytes(_ file: any DiskFile, _ offset: UInt64, _ count: Int) throws(BlobError) -> [UInt8] {
        try mappingDiskErrors { () throws(DiskError) in try file.bytes(at: offset, count: count) }
    }
}

extension BlobVerifier {
    /// As `BlobStore.hasReachedPack`, of a folder that no process has open. Only reads. Blocks.
    package static func hasReachedPack(_ extent: Extent, disk: any Disk, root: String) -> Bool {
        guard extent.kind == .pack, extent.length <= UInt64(BlobLimits.packedBytesMax) else { return false }
        let paths = BlobPaths(root: root)
        let generations = ((try? disk.list(paths.packs)) ?? []).compactMap(BlobPaths.generation).filter { $0.pack == extent.container }
        guard generations.map(\.generation).max() == 1 else { return true }
        let path = paths.pack(extent.container, generation: 1)
        guard let file = try? disk.open(path, .readOnly),
            let open = try? PackGeneration(file, path: path, pack: extent.container, generation: 1)
        else { return false }
        return (try? open.entry(extent, at: extent.offset, mayBlock: true)) != nil
    }
}
