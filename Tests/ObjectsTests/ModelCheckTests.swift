import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// Random operations against a dictionary. The seed is in each failure's text and replays it.
@Suite struct ModelCheckTests {
    @Test(arguments: 1...12)
    func randomOperationsAgreeWithADictionary(seed: UInt64) async throws {
        var run = try await ModelRun(seed: seed)
        for step in 0..<150 {
            try await run.step()
            #expect(run.fault == nil, "seed \(seed), step \(step)")
            if run.fault != nil { return }
            if step % 25 == 0 { ExtentAudit.check(run.fixture) }
        }
        try await run.finish()
        #expect(run.fault == nil, "seed \(seed), at the end")
        ExtentAudit.check(run.fixture)
    }
}

private struct ModelRun {
    let fixture: Fixture
    var fault: String?

    private let random: SimRandom
    private var model = DictionaryModel()
    private struct Upload {
        let info: UploadInfo
        /// How many changes there were when it began.
        let began: Int
        var parts: [Int: (listed: ListedPart, bytes: [UInt8])] = [:]
    }

    private var uploads: [Upload] = []
    private var changes = 0
    /// By key, how many changes there were with its last one.
    private var lastChange: [[UInt8]: Int] = [:]

    init(seed: UInt64) async throws {
        fixture = try await Fixture.withBucket(seed: seed)
        random = SimRandom(seed: seed &* 977)
    }

    mutating func step() async throws {
        fixture.clock.advance(by: .milliseconds(random.int(in: 0...400)))
        switch random.int(in: 0...19) {
        case 0...4: try await put()
        case 5...6: try await delete()
        case 7...9: try await list()
        case 10...11: try await read()
        case 12...13: try await copy()
        case 14: try await deleteMany()
        case 15: try await start()
        case 16...17: try await part()
        case 18: try await complete()
        default: try await abort()
        }
    }

    private func name() -> String {
        let letters = ["a", "b", "/", "é", "\0", "-"]
        return (0..<random.int(in: 1...4)).map { _ in letters[random.int(in: 0...5)] }.joined()
    }

    private func key() -> ObjectKey { ObjectKey(name())! }

    private func bytes() -> [UInt8] {
        let sizes = [0, 1, 100, 5_000, 262_144, 262_145, 300_000]
        return random.bytes(sizes[random.int(in: 0...sizes.count - 1)])
    }

    private mutating func agree(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition, fault == nil { fault = text() }
    }

    private mutating func put() async throws {
        let (key, bytes) = (key(), bytes())
        let present = model.objects[key.utf8]
        var condition = WriteCondition.none
        var expected: ObjectsError?
        switch random.int(in: 0...5) {
        case 0:
            condition.ifNoneMatch = .any
            if present != nil { expected = .preconditionFailed(.ifNoneMatch) }
        case 1:
            condition.ifMatch = .oneOf([random.oneIn(2) ? ETag("none") : present?.etag ?? ETag("none")])
            if present == nil { expected = .noSuchKey(fixture.bucket, key) }
            if let present, condition.ifMatch?.matches(present.etag) == false { expected = .preconditionFailed(.ifMatch) }
        default: break
        }
        let payload = try await fixture.payload(bytes)
        let request = PutRequest(
            bucket: fixture.bucket, key: key, payload: payload, condition: condition, context: fixture.alice)
        let refused = await failure { try await fixture.objects.put(request) }
        agree(refused == expected, "put \(key): \(String(describing: refused)), expected \(String(describing: expected))")
        if refused == nil { changed(key, DictionaryModel.Object(bytes: bytes, etag: payload.md5.etag())) }
    }

    private mutating func changed(_ key: ObjectKey, _ object: DictionaryModel.Object?) {
        model.objects[key.utf8] = object
        changes += 1
        lastChange[key.utf8] = changes
    }

    private mutating func delete() async throws {
        let key = key()
        let existed = try await fixture.objects.delete(fixture.bucket, key, context: fixture.alice).value.existed
        agree(existed == (model.objects[key.utf8] != nil), "delete \(key) said \(existed)")
        if existed { changed(key, nil) }
    }

    private mutating func deleteMany() async throws {
        let keys = (0..<random.int(in: 1...6)).map { _ in key() }
        let results = try await fixture.objects.deleteMany(
            fixture.bucket, keys.map { KeyDeletion(key: $0) }, context: fixture.alice
        ).value
        for (key, result) in zip(keys, results) {
            let existed = model.objects[key.utf8] != nil
            agree(result == .deleted(Deletion(existed: existed)), "deleteMany \(key): \(result)")
            if existed { changed(key, nil) }
        }
    }

    private mutating func read() async throws {
        let key = key()
        guard let object = model.objects[key.utf8] else {
            let refused = await failure { try await fixture.get(key.string) }
            return agree(refused == .noSuchKey(fixture.bucket, key), "get \(key): \(String(describing: refused))")
        }
        let ends = [random.int(in: 0...object.bytes.count), random.int(in: 0...object.bytes.count)].sorted()
        let read = try await fixture.get(key.string, Int64(ends[0])..<Int64(ends[1]))
        agree(read == Array(object.bytes[ends[0]..<ends[1]]), "range \(ends) of \(key)")
        let info = try await fixture.objects.lookup(fixture.bucket, key).info
        agree(info.etag == object.etag && info.size == Int64(object.bytes.count), "info of \(key)")
    }

    private mutating func list() async throws {
        let query = ListQuery(
            prefix: random.oneIn(2) ? [] : Array(name().utf8),
            delimiter: random.oneIn(3) ? [] : Array(["/", "a", "-b"][random.int(in: 0...2)].utf8),
            after: random.oneIn(2) ? nil : Array(name().utf8), countMax: random.oneIn(2) ? 1_000 : random.int(in: 0...4))
        let page = try await fixture.objects.list(fixture.bucket, query)
        let shown = DictionaryModel.Page(keys: page.entries.map(\.key.utf8), prefixes: page.commonPrefixes, next: page.next)
        let expected = model.list(query)
        agree(shown == expected, "list \(query): \(shown), expected \(expected)")
        agree(page.entries.allSatisfy { $0.etag == model.objects[$0.key.utf8]?.etag }, "ETags of \(query)")
    }

    private mutating func copy() async throws {
        let (source, key) = (key(), key())
        let request = CopyRequest(
            source: CopySource(bucket: fixture.bucket, key: source), bucket: fixture.bucket, key: key, context: fixture.alice)
        let refused = await failure { try await fixture.objects.copy(request) }
        guard let object = model.objects[source.utf8] else {
            return agree(refused == .noSuchKey(fixture.bucket, source), "copy of missing \(source): \(String(describing: refused))")
        }
        agree(refused == (source == key ? .copyWithoutChange : nil), "copy \(source) to \(key): \(String(describing: refused))")
        guard refused == nil else { return }
        changed(key, DictionaryModel.Object(bytes: object.bytes, etag: try await fixture.payload(object.bytes).md5.etag()))
    }

    private mutating func start() async throws {
        let request = UploadRequest(
            bucket: fixture.bucket, key: key(), checksumAlgorithm: random.oneIn(2) ? .crc32 : nil, context: fixture.alice)
        uploads.append(Upload(info: try await fixture.objects.createUpload(request).value, began: changes))
    }

    private mutating func part() async throws {
        guard !uploads.isEmpty else { return try await start() }
        let index = random.int(in: 0...uploads.count - 1)
        let (number, bytes) = (random.int(in: 1...5), random.oneIn(6) ? MultipartTests.big : bytes())
        uploads[index].parts[number] = (try await fixture.part(uploads[index].info, number, bytes), bytes)
    }

    private mutating func complete() async throws {
        guard !uploads.isEmpty else { return }
        let index = random.int(in: 0...uploads.count - 1)
        let upload = uploads[index]
        let parts = upload.parts.sorted { $0.key < $1.key }.map(\.value).filter { _ in !random.oneIn(4) }
        let (condition, disturbance) = condition(for: upload)
        let refused = await failure { try await fixture.complete(upload.info, parts.map(\.listed), condition: condition) }
        if parts.isEmpty { return agree(refused == .noParts, "complete without parts: \(String(describing: refused))") }
        if let small = parts.dropLast().first(where: { $0.bytes.count < 5 << 20 }) {
            let expected = ObjectsError.partTooSmall(
                number: small.listed.number, etag: small.listed.etag, size: Int64(small.bytes.count))
            return agree(refused == expected, "complete with a small part: \(String(describing: refused))")
        }
        agree(refused == disturbance, "complete: \(String(describing: refused)), expected \(String(describing: disturbance))")
        if refused != nil { return }
        let info = try await fixture.objects.lookup(fixture.bucket, upload.info.key).info
        agree(info.partCount == parts.count, "parts of \(upload.info.key)")
        changed(upload.info.key, DictionaryModel.Object(bytes: parts.flatMap(\.bytes), etag: info.etag))
        uploads.remove(at: index)
    }

    /// One that the key's object fulfils or not, and what a complete with it is refused with.
    private func condition(for upload: Upload) -> (WriteCondition, ObjectsError?) {
        let key = upload.info.key
        let present = model.objects[key.utf8]
        let isDisturbed = lastChange[key.utf8, default: 0] > upload.began
        switch random.int(in: 0...2) {
        case 0:
            let refusal: ObjectsError? = isDisturbed ? .uploadDisturbed(key, .ifNoneMatch) : nil
            return (WriteCondition(ifNoneMatch: .any), present == nil ? refusal : .preconditionFailed(.ifNoneMatch))
        case 1:
            let refusal: ObjectsError? = isDisturbed ? .uploadDisturbed(key, .ifMatch) : nil
            return (WriteCondition(ifMatch: .any), present == nil ? .noSuchKey(fixture.bucket, key) : refusal)
        default: return (.none, nil)
        }
    }

    private mutating func abort() async throws {
        guard uploads.count > 2 else { return }
        let upload = uploads.remove(at: random.int(in: 0...uploads.count - 1))
        _ = try await fixture.objects.abortUpload(fixture.bucket, upload.info.key, upload.info.id, context: fixture.alice)
    }

    /// Every change was told once; nothing is left when all is deleted.
    mutating func finish() async throws {
        let told = fixture.facts(ObjectsFactKind.objectCreated).count + fixture.facts(ObjectsFactKind.objectRemoved).count
        let made = changes
        agree(told == made, "\(told) facts for \(made) changes")
        let listed = try await fixture.objects.listUploads(fixture.bucket, UploadListQuery()).uploads.map(\.id)
        var expected = uploads.map(\.info)
        expected.sort { (a: UploadInfo, b: UploadInfo) -> Bool in
            a.key == b.key ? a.id.description < b.id.description : a.key < b.key
        }
        let expectedIDs = expected.map(\.id)
        agree(listed == expectedIDs, "uploads in progress")
        for (key, object) in model.objects {
            agree(try await fixture.get(ObjectKey(key)!.string) == object.bytes, "bytes of \(key) at the end")
            _ = try await fixture.objects.delete(fixture.bucket, ObjectKey(key)!, context: fixture.alice)
        }
        _ = try await fixture.objects.deleteBucket(fixture.bucket, context: fixture.alice)
        agree(!fixture.ledger.contents.contains { $0.key[0] == 0x70 }, "a watch is left")
        agree(ExtentAudit(fixture).files.isEmpty && ExtentAudit(fixture).packed.isEmpty, "something is still named")
    }
}
