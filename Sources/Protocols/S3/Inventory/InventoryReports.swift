import Bytes
import Crypto
import Environment
import JSON
import Model
import NIOCore
import Objects
import StoragePorts

/// Makes the inventories of buckets when they are due: files of CSV in the destination bucket, and at the end a manifest that names them.
///
/// Bounded in rate (`pagePause` between pages) and in memory (one file). A stop loses the file at hand: how far a report is stands in the
/// ledger after each. One report at a time.
package struct InventoryReports: Sendable {
    /// A file is closed at this size.
    static let fileBytes = 4 << 20
    /// Between two pages of 1,000 objects, so that a walk takes a small part of the server.
    private static let pagePause = Duration.milliseconds(10)
    /// How often to look for what is due: reports are made by the day.
    private static let look = Duration.seconds(10)

    private let objects: Objects
    private let clock: any Clock
    private let random: any RandomSource
    private let report: @Sendable (String) -> Void

    /// `report` takes what went wrong, for the log.
    package init(objects: Objects, clock: any Clock, random: any RandomSource, report: @escaping @Sendable (String) -> Void) {
        self.objects = objects
        self.clock = clock
        self.random = random
        self.report = report
    }

    /// Makes what is due, now and later, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await makeDue()
            try? await Task.sleep(for: Self.look)
        }
    }

    /// Makes all reports that are due now. One that fails is reported and tried again at the next look.
    package func makeDue() async {
        do {
            for run in try await objects.dueInventories(now: clock.now()) {
                do {
                    try await make(run)
                } catch is CancellationError {
                    return
                } catch {
                    report("inventory \(run.inventory.id) of \(run.bucket.name): \(error)")
                }
            }
        } catch {
            report("looking for inventories failed: \(error)")
        }
    }

    private func make(_ begun: InventoryRun) async throws {
        var run = begun
        let destination = try await objects.bucket(run.inventory.destinationBucket)
        let account = run.inventory.destinationAccount ?? run.bucket.owner.account.rawValue
        guard destination.owner.account.rawValue == account, destination.owner.account == run.bucket.owner.account else {
            return report("inventory \(run.inventory.id) of \(run.bucket.name): its destination has another owner")
        }
        guard try await objects.save(run) else { return }
        var isAtEnd = false
        while !isAtEnd {
            var text = ByteBuffer()
            repeat {
                let page = try await objects.inventoryPage(run)
                for entry in page.entries { text.writeString(try await row(entry, run)) }
                isAtEnd = page.next == nil
                if let next = page.next { run.progress.position = next }
                try await Task.sleep(for: Self.pagePause)
            } while !isAtEnd && text.readableBytes < Self.fileBytes
            if text.readableBytes > 0 { run.progress.files.append(try await store(text, run)) }
            guard !isAtEnd else { break }
            guard try await objects.save(run) else { return }
        }
        try await finish(run)
        run.progress.isComplete = true
        run.progress.files = []
        _ = try await objects.save(run)
    }

    private func row(_ entry: VersionEntry, _ run: InventoryRun) async throws -> String {
        var lock: ObjectLock?
        if !entry.isDeleteMarker, run.inventory.fields.contains(where: \.needsDetails) {
            let choice: VersionChoice = run.inventory.includesAllVersions ? .version(entry.version) : .current
            lock = try? await objects.lookup(run.bucket.name, entry.key, choice).info.lock
        }
        return InventoryRow(bucket: run.bucket, entry: entry, lock: lock).text(run.inventory)
    }

    private func folder(_ run: InventoryRun) -> String {
        let prefix = run.inventory.destinationPrefix
        return (prefix.isEmpty ? "" : prefix + "/") + "\(run.bucket.name)/\(run.inventory.id)/"
    }

    private func store(_ text: ByteBuffer, _ run: InventoryRun) async throws -> InventoryProgress.File {
        let name = [random.next(), random.next()].map { Hex.encode(withUnsafeBytes(of: $0.bigEndian) { Array($0) }) }.joined()
        let key = folder(run) + "data/\(name).csv.gz"
        let bytes = GzipStored.encode(text)
        return try await put(key, bytes, "application/gzip", run)
    }

    /// The manifest and its checksum come last: who sees them sees a whole report.
    private func finish(_ run: InventoryRun) async throws {
        let stamp = LogKey.stamp(run.progress.started)
        // yyyy-MM-ddThh-mmZ
        let folder = folder(run) + "\(stamp.prefix(10))T\(stamp.dropFirst(11).prefix(5))Z/"
        let manifest = manifest(run)
        _ = try await put(folder + "manifest.json", manifest, "application/json", run)
        let digest = Hex.encode(Array(Insecure.MD5.hash(data: Array(manifest.readableBytesView))))
        _ = try await put(folder + "manifest.checksum", ByteBuffer(string: digest), "text/plain", run)
    }

    private func manifest(_ run: InventoryRun) -> ByteBuffer {
        let files: [JSONValue] = run.progress.files.map { file in
            .object(["key": .string(file.key), "size": .integer(file.size), "MD5checksum": .string(file.md5)])
        }
        let manifest: JSONObject = [
            "sourceBucket": .string(run.bucket.name.rawValue),
            "destinationBucket": .string("arn:aws:s3:::\(run.inventory.destinationBucket)"), "version": .string("2016-11-30"),
            "creationTimestamp": .string(String(run.progress.started.milliseconds)), "fileFormat": .string("CSV"),
            "fileSchema": .string(InventoryRow.schema(run.inventory)), "files": .array(files),
        ]
        return JSONValue.object(manifest).bytes
    }

    private func put(_ key: String, _ bytes: ByteBuffer, _ contentType: String, _ run: InventoryRun) async throws -> InventoryProgress.File
    {
        guard let objectKey = ObjectKey(key) else { throw S3Error.keyTooLong(key.utf8.count, max: ObjectKey.bytesMax) }
        let stored = try await objects.put(
            bytes, as: objectKey, in: run.inventory.destinationBucket,
            attributes: ObjectAttributes(headers: ContentHeaders(contentType: contentType)), checksum: PutObject.defaultChecksum,
            context: .ofService("inventory", for: run.bucket.owner, requestID: RequestID(random: random.next())))
        return InventoryProgress.File(key: key, size: stored.value.size, md5: stored.value.etag.text)
    }
}
