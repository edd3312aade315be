import Environment
import Model
import NIOCore
import StoragePorts
import Synchronization

/// The blob port on one machine: small payloads in packs, each large one in a file of its own, in a data folder.
///
/// Sharing of work: the ledger's thread owns the `PackAppender`; requests write files through `makeWriter` and read through
/// `open`; a `BlobSweeper` removes what nothing names. What each puts on disk stands in PackFormat.swift and FileFormat.swift,
/// the names in BlobPaths.swift.
package final class BlobStore: Blobs {
    /// Above every length and offset that is ever written; a record that says more is damaged.
    private static let bytesMax: UInt64 = 1 << 50

    let containers: OpenContainers
    let paths: BlobPaths
    let numbers: NumberSource
    let catalog: PackCatalog
    let spares: SpareFiles
    let buffers: PageBuffers
    let pool: BlockingPool
    let limits: BlobFilesLimits
    let space: SpaceReserve
    let counters = BlobCounters()
    /// Files whose writer went away after `finish`: garbage, unless a commit named them. The sweep asks the ledger.
    let givenBack = Mutex<[UInt64]>([])

    /// Opens or begins the blobs of the data folder `root`, which exists. Settles what a crash left of compactions. Blocks.
    /// `pool` runs what may block; the store does not end it.
    package init(_ environment: Environment, root: String, pool: BlockingPool, limits: BlobFilesLimits = .init()) throws(BlobError) {
        let disk = environment.disk
        let paths = BlobPaths(root: root)
        let isNew = try mappingDiskErrors { () throws(DiskError) -> Bool in
            for directory in [paths.files, paths.packs] where try !disk.exists(directory) {
                try disk.createDirectory(directory)
                try disk.syncDirectory(root)
            }
            let names = try disk.list(paths.files) + disk.list(paths.packs)
            return names.isEmpty
        }
        space = SpaceReserve(disk: disk, clock: environment.clock, root: root)
        containers = OpenContainers(disk: disk, limits: limits)
        numbers = try NumberSource(disk: disk, paths: paths, isNew: isNew, now: environment.clock.now())
        catalog = try PackCatalog(disk: disk, paths: paths)
        spares = SpareFiles(containers: containers, paths: paths, numbers: numbers, pool: pool, batch: limits.spareFiles)
        buffers = PageBuffers(limits)
        self.paths = paths
        self.pool = pool
        self.limits = limits
    }

    /// For the ledger's thread, which calls `recover` first. One for each store.
    package func makeAppender() -> PackAppender { PackAppender(store: self) }

    /// Removes files made ahead. Readers stay usable. Blocks.
    package func close() { spares.close() }

    package func small(_ bytes: ByteBuffer) -> SmallPayload {
        SmallPayload(bytes: bytes, blockChecksums: BlockChecksums.of(bytes))
    }

    package func makeWriter() async throws -> any BlobWriter {
        // Before a file is made for it: refused uploads that come by thousands must not keep the sweep busy with their files.
        guard hasRoomForPayloads else { throw BlobError.noSpace }
        return FileWriter(store: self, spare: try await spares.claim())
    }

    // MARK: Reading

    package func open(_ extent: Extent) async throws -> any BlobReader {
        guard extent.length <= Self.bytesMax, extent.offset <= Self.bytesMax else {
            throw BlobError.damaged("a record names \(extent.length) bytes at \(extent.offset) of \(extent.kind) \(extent.container)")
        }
        switch extent.kind {
        case .file: return try await openFile(extent)
        case .pack: return try await openPacked(extent)
        }
    }

    private func openFile(_ extent: Extent) async throws -> any BlobReader {
        if let open = containers.files.handle(extent.container) { return FileReader(extent: extent, open: open, pool: pool) }
        let path = paths.file(extent.container)
        let open = try await pool.runForBlobs { [containers] in
            do throws(DiskError) {
                return LargeFile(file: try containers.open(path, .readOnly), path: path)
            } catch {
                throw error.kind == .notFound ? BlobError.notFound : BlobError(error)
            }
        }
        containers.files.insert(extent.container, open)
        return FileReader(extent: extent, open: open, pool: pool)
    }

    private func openPacked(_ extent: Extent) async throws -> any BlobReader {
        guard extent.length <= UInt64(BlobLimits.packedBytesMax) else {
            throw BlobError.damaged("a record names \(extent.length) bytes at \(extent.offset) of pack \(extent.container)")
        }
        let generation: PackGeneration
        if let open = containers.packs.handle(extent.container) {
            generation = open
        } else {
            generation = try await pool.runForBlobs { try self.openPack(extent.container) }
        }
        guard let place = generation.place(ofLogical: extent.offset) else { throw BlobError.notFound }
        return PackReader(extent: extent, generation: generation, place: place, pool: pool)
    }

    /// The generation that serves, from the cache or the disk. Throws `notFound` when the pack is gone. Blocks.
    func openPack(_ number: UInt64) throws(BlobError) -> PackGeneration {
        if let open = containers.packs.handle(number) { return open }
        while true {
            guard let generation = catalog.generation(of: number) else { throw .notFound }
            let path = paths.pack(number, generation: generation)
            let file: any DiskFile
            do throws(DiskError) {
                file = try containers.open(path, .readOnly)
            } catch {
                guard error.kind == .notFound else { throw BlobError(error) }
                // Compaction may have put the next generation in place meanwhile.
                if catalog.generation(of: number) != generation { continue }
                throw .damaged("\(path): missing")
            }
            let open = try PackGeneration(file, path: path, pack: number, generation: generation)
            containers.packs.insert(number, open)
            // Had compaction switched in between, the cache would hold the old generation for good.
            if catalog.generation(of: number) != generation { containers.packs.remove(number) }
            return open
        }
    }

    // MARK: Space

    /// Whether a commit may be taken at all. Cheap.
    package var hasRoomForCommits: Bool { space.hasMore(than: limits.commitReserveBytes) }

    var hasRoomForPayloads: Bool { space.hasMore(than: limits.payloadReserveBytes) }

    /// Whether what may be swept should go now, before writers meet the end of the disk. Cheap.
    package var isShortOfSpace: Bool { !space.hasMore(than: limits.shortSpaceBytes) }

    // MARK: What the ledger tells

    /// To be called for each key of storage that a commit wrote, when it is applied; at the start too, in the replay. Cheap.
    package func applied(key: [UInt8], value: [UInt8]?) {
        guard let value, let (pack, _) = StorageKeys.packed(inDeadPacked: key) else { return }
        let length = StorageKeys.decodeCount(value)
        guard length <= UInt64(BlobLimits.packedBytesMax) else { return }
        catalog.addDead(pack, PackEntry.size(payload: Int(length)))
    }

    // MARK: Ends of writers

    /// The file is complete and durable; reads come soon.
    func wrote(_ spare: SpareFiles.Spare, payload length: UInt64) {
        containers.files.insert(spare.number, LargeFile(file: spare.file, path: paths.file(spare.number)))
        counters.add { counts in
            counts.filesWritten += 1
            counts.fileBytesWritten += length
        }
    }

    /// Removes an unfinished file, which no record can name.
    func discardNow(_ number: UInt64) async {
        do {
            try await pool.runForBlobs { [containers, paths] in try containers.disk.remove(paths.file(number)) }
            counters.add { $0.filesAbandoned += 1 }
        } catch {
            giveBack(number)
        }
    }

    /// As `discardNow`, from where nothing can be awaited.
    func discard(_ number: UInt64) {
        let failure = pool.submit { [containers, paths, counters, weak self] in
            do throws(DiskError) {
                try containers.disk.remove(paths.file(number))
                counters.add { $0.filesAbandoned += 1 }
            } catch {
                self?.giveBack(number)
            }
        }
        if failure != nil { giveBack(number) }
    }

    func giveBack(_ number: UInt64) {
        givenBack.withLock { $0.append(number) }
    }
}
