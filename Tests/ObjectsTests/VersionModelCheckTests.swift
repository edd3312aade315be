import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Random operations on a bucket with versions against a dictionary of them. The seed is in each failure's text and replays it.
@Suite struct VersionModelCheckTests {
    @Test(arguments: 1...16)
    func randomOperationsAgreeWithADictionaryOfVersions(seed: UInt64) async throws {
        var run = try await VersionRun(seed: seed)
        for step in 0..<250 {
            try await run.step()
            #expect(run.fault == nil, "seed \(seed), step \(step)")
            if run.fault != nil { return }
            if step % 25 == 0 { VersionAudit.check(run.fixture) }
        }
        try await run.finish()
        #expect(run.fault == nil, "seed \(seed), at the end")
    }
}

/// What the layouts of `21`, `22` and `2A` promise each other, and that no bytes leak.
enum VersionAudit {
    static func check(_ fixture: Fixture, sourceLocation: SourceLocation = #_sourceLocation) {
        ExtentAudit.check(fixture, sourceLocation: sourceLocation)
        var current: [[UInt8]: UInt64] = [:]
        var older: [[UInt8]: [(lsn: UInt64, isNull: Bool)]] = [:]
        var null: [[UInt8]: UInt64] = [:]
        for (key, value) in fixture.ledger.contents {
            let lsn = { value[24..<32].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
            switch key[0] {
            case 0x21: current[Array(key.dropFirst(9))] = lsn()
            case 0x22:
                let name = unescaped(key[9..<key.count - 10])
                let inverted = ~key.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                #expect(lsn() == inverted, sourceLocation: sourceLocation)
                older[name, default: []].append((inverted, value[1] & 0x80 == 0))
            case 0x2A: null[Array(key.dropFirst(9))] = StorageKeys.decodeCount(value)
            default: break
            }
        }
        for (name, versions) in older {
            let newest = current[name] ?? 0
            #expect(versions.allSatisfy { $0.lsn < newest }, sourceLocation: sourceLocation)
            #expect(versions.filter(\.isNull).map(\.lsn) == (null[name].map { [$0] } ?? []), sourceLocation: sourceLocation)
        }
        #expect(null.keys.allSatisfy { older[$0] != nil }, sourceLocation: sourceLocation)
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var name: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            name.append(bytes[index])
            index += bytes[index] == 0 ? 2 : 1
        }
        return name
    }
}

private struct VersionRun {
    let fixture: Fixture
    var fault: String?

    private let random: SimRandom
    private var model = VersionModel()
    /// Positions to look back to, with what was there: removals for good make a new beginning.
    private var history: [(lsn: LSN, model: VersionModel)] = []

    private var objects: Objects { fixture.objects }
    private var bucket: BucketName { fixture.bucket }

    /// A third of the runs has Object Lock from the start.
    init(seed: UInt64) async throws {
        fixture = Fixture(seed: seed)
        let hasLock = seed % 3 == 0
        _ = try await fixture.objects.createBucket(fixture.bucket, objectLock: hasLock, context: fixture.alice)
        if hasLock { model.status = .enabled }
        random = SimRandom(seed: seed &* 1_777)
        self.hasLock = hasLock
    }

    private let hasLock: Bool

    mutating func step() async throws {
        fixture.clock.advance(by: .milliseconds(random.int(in: 0...400)))
        switch random.int(in: 0...23) {
        case 0...4: try await put()
        case 5...6: try await delete()
        case 7...9: try await removeVersion()
        case 10: try await deleteMany()
        case 11...14: try await listVersions()
        case 15: try await listObjects()
        case 16...17: try await read()
        case 18...19: try await copy()
        case 20: try await setStatus()
        case 21: try await multipart()
        case 22: try await lookBack()
        default: try await changeLock()
        }
    }

    private func name() -> String {
        let letters = ["a", "b", "/", "\0", "\u{1}"]
        return (0..<random.int(in: 1...2)).map { _ in letters[random.int(in: 0...4)] }.joined()
    }

    private func key() -> ObjectKey { ObjectKey(name())! }

    private func bytes() -> [UInt8] {
        let sizes = [0, 1, 100, 262_145]
        return random.bytes(sizes[random.int(in: 0...sizes.count - 1)])
    }

    private mutating func agree(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition, fault == nil { fault = text() }
    }

    /// An id that the key has, or had, or that is of another key.
    private func id(of key: ObjectKey) -> VersionID {
        let versions = model.versions(key.utf8)
        if !versions.isEmpty, !random.oneIn(5) { return versions[random.int(in: 0...versions.count - 1)].id }
        return random.oneIn(2) ? .null : .made(LSN(UInt64(random.int(in: 1...60))))
    }

    private func lock() -> ObjectLock {
        guard hasLock, random.oneIn(4) else { return .none }
        let until = fixture.clock.now() + .seconds(random.int(in: 1...20))
        let mode: LockMode = random.oneIn(2) ? .governance : .compliance
        return ObjectLock(
            retention: random.oneIn(3) ? nil : Retention(mode: mode, until: until), legalHold: random.oneIn(3) ? random.oneIn(2) : nil)
    }

    /// After a write: the fault when the id is not the one expected.
    private mutating func wrote(_ key: ObjectKey, _ bytes: [UInt8]?, _ lsn: LSN, _ version: VersionID?, _ lock: ObjectLock = .none) {
        let expected = model.status == .never ? nil : model.id(at: lsn)
        agree(version == expected, "\(key): version \(String(describing: version)), expected \(String(describing: expected))")
        model.write(key.utf8, bytes, lsn: lsn, lock: lock)
        if model.status == .enabled { history.append((lsn, model)) } else { history.removeAll() }
    }

    private mutating func put() async throws {
        let (key, bytes, lock) = (key(), bytes(), lock())
        let present = model.current(key.utf8)?.bytes
        var condition = WriteCondition.none
        var expected: ObjectsError?
        if random.oneIn(4) {
            condition.ifNoneMatch = .any
            if present != nil { expected = .preconditionFailed(.ifNoneMatch) }
        }
        let request = PutRequest(
            bucket: bucket, key: key, payload: try await fixture.payload(bytes), condition: condition, lock: lock, context: fixture.alice)
        do {
            let stored = try await objects.put(request)
            agree(expected == nil, "put \(key) went through")
            wrote(key, bytes, stored.lsn, stored.value.version, lock)
        } catch {
            agree(error == expected, "put \(key): \(error)")
        }
    }

    private mutating func multipart() async throws {
        let (key, bytes) = (key(), bytes())
        let upload = try await fixture.upload(key.string)
        let part = try await fixture.part(upload, 3, bytes)
        let done = try await fixture.complete(upload, [part])
        wrote(key, bytes, done.lsn, done.value.version)
    }

    private mutating func delete() async throws {
        let key = key()
        let existed = model.current(key.utf8)?.bytes != nil
        let deleted = try await objects.delete(bucket, key, context: fixture.alice)
        agree(deleted.value.existed == existed && deleted.value.isDeleteMarker == (model.status != .never), "delete \(key)")
        if model.status == .never { return model.remove(key.utf8, .null) }
        wrote(key, nil, deleted.lsn, deleted.value.version)
    }

    private mutating func removeVersion() async throws {
        let key = key()
        let id = id(of: key)
        let bypass = random.oneIn(3)
        let found = model.find(key.utf8, id)
        var expected: ObjectsError?
        if model.status == .never, id != .null {
            expected = .noVersions(bucket, id)
        } else if let found, found.lock.forbidsRemoval(at: fixture.clock.now(), bypassGovernance: bypass) {
            expected = .versionIsLocked(bucket, key)
        }
        do {
            let removed = try await objects.delete(bucket, key, version: id, bypassGovernance: bypass, context: fixture.alice).value
            agree(expected == nil, "removal of \(key) \(id) went through")
            agree(removed.existed == (found != nil) && removed.version == id, "removal of \(key) \(id): \(removed)")
            agree(removed.isDeleteMarker == (found != nil && found?.bytes == nil), "removal of \(key) \(id): \(removed)")
            if found != nil { gone(key, id) }
        } catch {
            agree(error == expected, "removal of \(key) \(id): \(error)")
        }
    }

    /// The past does not show what was removed for good either.
    private mutating func gone(_ key: ObjectKey, _ id: VersionID) {
        model.remove(key.utf8, id)
        for index in history.indices { history[index].model.remove(key.utf8, id) }
    }

    private mutating func deleteMany() async throws {
        let deletions = (0..<random.int(in: 1...6)).map { _ in
            let key = key()
            return KeyDeletion(key: key, version: random.oneIn(2) ? id(of: key) : nil)
        }
        let deleted = try await objects.deleteMany(bucket, deletions, context: fixture.alice)
        for (deletion, result) in zip(deletions, deleted.value) {
            let (key, current) = (deletion.key.utf8, model.current(deletion.key.utf8))
            switch (deletion.version, model.status) {
            case (nil, .never):
                agree(result == .deleted(Deletion(existed: current != nil)), "\(deletion): \(result)")
                model.remove(key, .null)
            case (nil, _):
                let made = Deletion(existed: current?.bytes != nil, version: model.id(at: deleted.lsn), isDeleteMarker: true)
                agree(result == .deleted(made), "\(deletion): \(result)")
                model.write(key, nil, lsn: deleted.lsn)
            case (let id?, .never) where id != .null: agree(result == .noVersions, "\(deletion): \(result)")
            case (let id?, _):
                let found = model.find(key, id)
                if let found, found.lock.forbidsRemoval(at: fixture.clock.now(), bypassGovernance: false) {
                    agree(result == .locked, "\(deletion): \(result)")
                } else {
                    let marker = found.map { $0.bytes == nil } ?? false
                    agree(
                        result == .deleted(Deletion(existed: found != nil, version: id, isDeleteMarker: marker)), "\(deletion): \(result)")
                    model.remove(key, id)
                }
            }
        }
        history.removeAll()
    }

    private mutating func copy() async throws {
        let (source, key) = (key(), key())
        let id = random.oneIn(2) ? id(of: source) : nil
        let found = id.map { model.find(source.utf8, $0) } ?? model.current(source.utf8)
        let request = CopyRequest(
            source: CopySource(bucket: bucket, key: source, version: id), bucket: bucket, key: key,
            attributes: .replaced(ObjectAttributes()), context: fixture.alice)
        do {
            let copied = try await objects.copy(request)
            agree(found?.bytes != nil && copied.value.source == (model.status == .never ? nil : found?.id), "copy of \(source)")
            wrote(key, found?.bytes, copied.lsn, copied.value.info.version)
        } catch {
            agree(found?.bytes == nil, "copy of \(source) \(String(describing: id)): \(error)")
        }
    }

    private mutating func read() async throws {
        let key = key()
        let id = random.oneIn(2) ? id(of: key) : nil
        let found = id.map { model.find(key.utf8, $0) } ?? model.current(key.utf8)
        do {
            let choice = id.map { VersionChoice.version($0) } ?? .current
            let (object, bytes) = try await fixture.get(key, choice)
            agree(bytes == found?.bytes && object.info.lsn == found?.lsn, "bytes of \(key) \(String(describing: id))")
            agree(object.info.version == (model.status == .never ? nil : found?.id), "version of \(key)")
            agree(object.info.lock == found?.lock, "lock of \(key)")
        } catch {
            let error = error as? ObjectsError
            switch (id, found) {
            case (nil, nil): agree(error == .noSuchKey(bucket, key), "get \(key): \(String(describing: error))")
            case (let id?, nil):
                let isForeign = model.status == .never && id != .null
                agree(
                    error == (isForeign ? .noVersions(bucket, id) : .noSuchVersion(key, id)),
                    "get \(key) \(id): \(String(describing: error))")
            case (_, let found?):
                guard case .deleteMarker(_, _, found.id, _, isNamed: id != nil)? = error, found.bytes == nil else {
                    return agree(false, "get \(key): \(String(describing: error))")
                }
            }
        }
    }

    private mutating func listVersions() async throws {
        let after = name()
        var query = VersionListQuery(
            keys: ListQuery(
                prefix: random.oneIn(2) ? [] : Array(name().utf8),
                delimiter: random.oneIn(3) ? Array(["/", "a"][random.int(in: 0...1)].utf8) : [],
                after: random.oneIn(2) ? nil : Array(after.utf8), countMax: random.oneIn(3) ? 1_000 : random.int(in: 0...5)))
        if query.keys.after != nil, random.oneIn(2) { query.afterVersion = id(of: ObjectKey(after)!) }
        let page = try await objects.listVersions(bucket, query)
        let shown = VersionModel.Page(
            entries: page.entries.map {
                VersionModel.text($0.key.utf8, $0.version, isLatest: $0.isLatest, isMarker: $0.isDeleteMarker)
            }, prefixes: page.commonPrefixes, next: page.next)
        let expected = model.page(query)
        agree(shown == expected, "list \(query): \(shown), expected \(expected)")
    }

    private mutating func listObjects() async throws {
        let query = ListQuery(
            delimiter: random.oneIn(2) ? [] : Array("/".utf8), after: random.oneIn(2) ? nil : Array(name().utf8),
            countMax: random.int(in: 0...5))
        let page = try await objects.list(bucket, query)
        agree(Self.shown(page) == model.objects().list(query), "list \(query)")
    }

    private static func shown(_ page: ListPage) -> DictionaryModel.Page {
        DictionaryModel.Page(keys: page.entries.map(\.key.utf8), prefixes: page.commonPrefixes, next: page.next)
    }

    /// Every position since the last removal shows the bucket as it was.
    private mutating func lookBack() async throws {
        guard !history.isEmpty else { return }
        let (lsn, past) = history[random.int(in: 0...history.count - 1)]
        let query = ListQuery(delimiter: random.oneIn(2) ? [] : Array("/".utf8), countMax: random.int(in: 1...5))
        let page = try await objects.list(bucket, query, asOf: lsn)
        agree(Self.shown(page) == past.objects().list(query), "list as of \(lsn)")
        let key = key()
        let bytes = try? await fixture.get(key, .asOf(lsn)).bytes
        agree(bytes == past.current(key.utf8)?.bytes, "get of \(key) as of \(lsn)")
    }

    private mutating func setStatus() async throws {
        let status: VersioningStatus = random.oneIn(3) ? .suspended : .enabled
        let versioning = VersioningConfiguration(status)
        let refused = await failure { try await objects.setVersioning(bucket, versioning, context: fixture.alice) }
        agree(refused == (hasLock && status == .suspended ? .versioningIsLocked(bucket) : nil), "status: \(String(describing: refused))")
        if refused == nil { model.status = status }
    }

    private mutating func changeLock() async throws {
        let key = key()
        let id = id(of: key)
        guard hasLock, let found = model.find(key.utf8, id), found.bytes != nil else { return }
        let (isHeld, retention, bypass) = (random.oneIn(2), lock().retention, random.oneIn(2))
        if random.oneIn(2) {
            _ = try await objects.setLegalHold(of: key, id, in: bucket, to: isHeld, context: fixture.alice)
            return model.setLock(key.utf8, id, ObjectLock(retention: found.lock.retention, legalHold: isHeld))
        }
        let refused = await failure {
            try await objects.setRetention(
                of: key, id, in: bucket, to: retention, bypassGovernance: bypass, context: fixture.alice)
        }
        var mayChange = true
        if let old = found.lock.retention, old.until > fixture.clock.now(), old.mode == .compliance || !bypass {
            mayChange = retention.map { $0.until >= old.until && $0.mode == old.mode } ?? false
        }
        agree((refused == nil) == mayChange, "retention of \(key): \(String(describing: refused))")
        if refused == nil { model.setLock(key.utf8, id, ObjectLock(retention: retention, legalHold: found.lock.legalHold)) }
    }

    /// Nothing is left when every version is removed, page by page as clients do; locks end with time or by hand.
    mutating func finish() async throws {
        VersionAudit.check(fixture)
        fixture.clock.advance(by: .seconds(100))
        for (key, versions) in model.keys {
            for version in versions where version.lock.legalHold == true {
                _ = try await objects.setLegalHold(of: ObjectKey(key)!, version.id, in: bucket, to: false, context: fixture.alice)
            }
        }
        if !model.keys.isEmpty {
            let refused = await failure { try await objects.deleteBucket(bucket, context: fixture.alice) }
            agree(refused == .bucketNotEmpty(bucket, hasVersions: model.status != .never), "a bucket with versions was deleted")
        }
        var query = VersionListQuery(keys: ListQuery(countMax: 3))
        repeat {
            let page = try await objects.listVersions(bucket, query)
            let deletions = page.entries.map { KeyDeletion(key: $0.key, version: $0.version) }
            let results = try await objects.deleteMany(bucket, deletions, context: fixture.alice).value
            agree(results.allSatisfy { if case .deleted = $0 { true } else { false } }, "\(results)")
            query.keys.after = page.next?.key
            query.afterVersion = page.next?.version
        } while query.keys.after != nil
        _ = try await objects.deleteBucket(bucket, context: fixture.alice)
        VersionAudit.check(fixture)
        let audit = ExtentAudit(fixture)
        agree(audit.files.isEmpty && audit.packed.isEmpty, "something is still named")
    }
}
