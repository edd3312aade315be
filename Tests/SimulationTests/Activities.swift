import BlobFiles
import EmbeddedStorage
import Environment
import Index
import Journal
import Model
import NIOCore
import SimulationKit
import StoragePorts

/// What services do.
extension Scenario {
    /// Mostly small, sometimes over a block's border.
    private func smallCount(_ random: SimRandom) -> Int {
        switch random.int(in: 1...20) {
        case 1: 0
        case 2: random.int(in: 60_000...80_000)
        case 3...6: random.int(in: 1000...5000)
        default: random.int(in: 1...600)
        }
    }

    func putSmall(_ random: SimRandom) async {
        let name = name(random)
        let seed = random.next()
        let isAnnounced = random.oneIn(2)
        let count = smallCount(random)
        let payload = storage.blobs.small(ByteBuffer(bytes: StoredObject.bytes(seed: seed, count: count)))
        await commit("a small object", reading: [StoredObject.objectKey(name)]) { transaction in
            let extent = try transaction.stage(payload)
            try Self.replace(transaction, name, by: StoredObject(extent: extent, seed: seed, isAnnounced: isAnnounced))
            // A wide record now and then, so that segments fill.
            if count % 3 == 0 { transaction.put(StoredObject.countKey(name + Self.names), [UInt8](repeating: 7, count: count % 3000)) }
        }
    }

    func putLarge(_ random: SimRandom) async {
        let name = name(random)
        let seed = random.next()
        let isAnnounced = random.oneIn(2)
        let bytes = StoredObject.bytes(seed: seed, count: random.int(in: 1...(random.oneIn(6) ? 140_000 : 5000)))
        let end = random.int(in: 1...10)
        do {
            let writer = try await storage.blobs.makeWriter()
            // Its bytes stay until the commit only while the writer is held.
            defer { withExtendedLifetime(writer) {} }
            let pieceBytes = random.int(in: 500...40_000)
            for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + pieceBytes, bytes.count)]))
            }
            // The client went away.
            if end == 1 { return await writer.abandon() }
            if end == 2 { return }
            let extent = try await writer.finish()
            if end == 3 { return }
            await commit("a large object", reading: [StoredObject.objectKey(name)]) { transaction in
                try transaction.adopt(extent)
                try Self.replace(transaction, name, by: StoredObject(extent: extent, seed: seed, isAnnounced: isAnnounced))
                if end == 4 { throw Refusal() }
            }
        } catch {
            failed(error, "writing a large object")
        }
    }

    /// A file is shared, a packed payload is stored once more.
    func copy(_ random: SimRandom) async {
        let source = name(random)
        let target = name(random)
        let keys = [StoredObject.objectKey(source), StoredObject.objectKey(target)]
        let blobs = storage.blobs
        await commit("a copy", reading: keys) { transaction in
            guard let value = try transaction.get(keys[0]) else { throw Refusal() }
            let object = StoredObject(value)
            let isFile = object.extent.kind == .file
            if isFile { try transaction.adopt(object.extent) }
            let extent = isFile ? object.extent : try transaction.stage(blobs.small(ByteBuffer(bytes: object.bytes)))
            try Self.replace(transaction, target, by: StoredObject(extent: extent, seed: object.seed, isAnnounced: false))
        }
    }

    func delete(_ random: SimRandom) async {
        let name = name(random)
        await commit("a delete", reading: [StoredObject.objectKey(name)]) { transaction in
            guard try transaction.get(StoredObject.objectKey(name)) != nil else { throw Refusal() }
            try Self.replace(transaction, name, by: nil)
        }
    }

    /// Does all kinds of things and then takes them back; or asks for too large a record.
    func refuse(_ random: SimRandom) async {
        let name = name(random)
        let payload = storage.blobs.small(ByteBuffer(bytes: random.bytes(smallCount(random))))
        if random.oneIn(4) {
            do {
                _ = try await storage.ledger.commit { [recordBytesMax = world.sizes.configuration.journal.recordBytesMax] transaction in
                    _ = try transaction.stage(payload)
                    transaction.put(StoredObject.countKey(name), [UInt8](repeating: 1, count: recordBytesMax + 1))
                }
                find("a record above the limit was taken")
            } catch LedgerError.recordTooLarge {
                return
            } catch {
                return failed(error, "a large record")
            }
        }
        await commit("a refusal") { transaction in
            let extent = try transaction.stage(payload)
            try Self.replace(transaction, name, by: StoredObject(extent: extent, seed: 0, isAnnounced: true))
            transaction.put(StoredObject.countKey(name), [1])
            throw Refusal()
        }
    }

    /// A delivery count: may be undone by a crash.
    func count(_ random: SimRandom) async {
        let key = StoredObject.countKey(name(random))
        await commit("a count", reading: [key], durability: .relaxed) { transaction in
            let count = try transaction.get(key).map(StorageKeys.decodeCount) ?? 0
            transaction.put(key, StorageKeys.encodeCount(count + 1))
        }
    }

    /// Takes the oldest message.
    func consume() async {
        await commit("a receive") { transaction in
            var first: [UInt8]?
            try transaction.scan(StoredObject.allMessages) { key, _ in
                first = Array(key)
                return .stop
            }
            guard let first else { throw Refusal() }
            transaction.delete(first)
        }
    }

    /// Reads only, or stages what it does not use: no record.
    func doNothing(_ random: SimRandom) async {
        let stages = random.oneIn(2)
        let payload = storage.blobs.small(ByteBuffer(bytes: random.bytes(300)))
        await commit("a look") { transaction in
            if stages { _ = try transaction.stage(payload) }
            _ = try transaction.get(StoredObject.objectKey(1))
        }
    }

    func readObject(_ random: SimRandom) async {
        let key = StoredObject.objectKey(name(random))
        do {
            for _ in 0..<3 {
                guard let value = try await storage.ledger.read({ try $0.get(key) }) else { return }
                do {
                    return try await verify(StoredObject(value), piece: random.int(in: 1000...300_000))
                } catch BlobError.notFound {
                    // Given up and swept since: its record must have changed.
                    if try await storage.ledger.read({ try $0.get(key) }) == value { return find("\(StoredObject(value)) was swept") }
                }
            }
        } catch {
            failed(error, "a read")
        }
    }

    /// Throws what reading throws; wrong bytes are a finding.
    func verify(_ object: StoredObject, piece: Int = BlobLimits.pieceBytesMax) async throws {
        let reader = try await storage.blobs.open(object.extent)
        var bytes: [UInt8] = []
        while UInt64(bytes.count) < object.extent.length {
            bytes += Array((try await reader.read(from: UInt64(bytes.count), countMax: piece)).readableBytesView)
        }
        if bytes != object.bytes { find("\(object) reads as other bytes") }
    }

    func readFeed(_ random: SimRandom) async {
        let position = LSN(UInt64(random.int(in: 0...Int(storage.ledger.applied.rawValue))))
        do {
            let page = try await storage.ledger.records(after: position, countMax: random.int(in: 1...30))
            let known = history.now
            var expected = position
            for record in page {
                expected = expected.next
                let effect = known.effects[expected.rawValue]
                guard record.lsn == expected, record.facts == effect?.facts ?? [], effect.map({ $0.time == record.time }) ?? true else {
                    return find("the feed gives \(record) where \(expected) was expected: \(String(describing: effect))")
                }
            }
        } catch LedgerError.positionNotRetained(let oldest) {
            if oldest <= position.next { find("\(position) should be retained, the oldest is \(oldest)") }
        } catch {
            failed(error, "the feed")
        }
    }
}

/// What storage does beside.
extension Scenario {
    func advanceCursor(_ random: SimRandom) async {
        let position = UInt64(random.int(in: 0...Int(storage.ledger.applied.rawValue)))
        history.change { $0.cursorAttempted = max($0.cursorAttempted, position) }
        do {
            try await storage.ledger.advanceCursor(Self.cursorName, to: LSN(position))
            history.change { $0.cursorAcknowledged = max($0.cursorAcknowledged, position) }
        } catch {
            failed(error, "a cursor")
        }
    }

    func sweep() async {
        do {
            let report = try await storage.sweeper.pass()
            if let finding = report.findings.first, !expectsFailures { find("\(finding)") }
        } catch {
            failed(error, "a sweep")
        }
    }

    func lookAfterTheJournal(_ random: SimRandom) async {
        if random.oneIn(2) {
            if await !storage.markEnd(), !expectsFailures { find("the journal's end was not marked") }
            return
        }
        do { try storage.prepareSegment() } catch { failed(error, "preparing a segment") }
    }

    func dropOldSegments(_ random: SimRandom) async {
        if random.oneIn(2) { await advanceCursor(random) }
        // From then on nothing behind the cursor may be dropped.
        guard history.now.cursorAcknowledged > 0 else { return }
        do {
            _ = try world.index.flush()
            try storage.dropOldSegments()
        } catch { failed(error, "dropping segments") }
    }

    func flushIndex(_ random: SimRandom) {
        world.clock.advance(by: .seconds(random.int(in: 0...20)))
        do { _ = try world.index.flush() } catch { failed(error, "a flush") }
    }
}
