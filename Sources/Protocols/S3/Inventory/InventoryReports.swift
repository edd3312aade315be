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
    /// A file is closed at this size, before it is compressed.
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
        if let reason = try await refusal(run) { return report("inventory \(run.inventory.id) of \(run.bucket.name): \(reason)") }
        let access = try await objects.access(to: run.bucket.name)
        guard try await objects.save(run) else { return }
        var isAtEnd = false
        while !isAtEnd {
            let file = GzipWriter()
            var count = 0
            repeat {
                let page = try await objects.inventoryPage(run)
                for entry in page.entries {
                    let line = Array(try await row(entry, run, access).text(run.inventory).utf8)
                    count += line.count
                    file.write(line)
                }
                isAtEnd = page.next == nil
                if let next = page.next { run.progress.position = next }
                try await Task.sleep(for: Self.pagePause)
            } while !isAtEnd && count < Self.fileBytes
            if count > 0 { run.progress.files.append(try await store(file.finish(), run)) }
            guard !isAtEnd else { break }
            guard try await objects.save(run) else { return }
        }
        try await finish(run)
        run.progress.isComplete = true
        run.progress.files = []
        _ = try await objects.save(run)
    }

    /// Why the destination does not take the report; asked before the walk, and again for each of its objects.
    private func refusal(_ run: InventoryRun) async throws -> String? {
        let destination = try await objects.bucket(run.inventory.destinationBucket)
        if let account = run.inventory.destinationAccount, destination.owner.account.rawValue != account {
            return "\(destination.name) does not belong to account \(account)"
        }
        return try await delivery(folder(run) + Self.manifestChecksum, "text/plain", run).refusal(objects)
    }

    private func row(_ entry: VersionEntry, _ run: InventoryRun, _ access: BucketAccess) async throws -> InventoryRow {
        var info: ObjectInfo?
        if !entry.isDeleteMarker, run.inventory.fields.contains(where: \.needsDetails) {
            let choice: VersionChoice = run.inventory.includesAllVersions ? .version(entry.version) : .current
            info = try? await objects.lookup(run.bucket.name, entry.key, choice).info
        }
        return InventoryRow(bucket: run.bucket, entry: entry, info: info, hasListsDisabled: access.hasListsDisabled)
    }

    private static let manifestChecksum = "manifest.checksum"

    private func folder(_ run: InventoryRun) -> String {
        let prefix = run.inventory.destinationPrefix
        return (prefix.isEmpty ? "" : prefix + "/") + "\(run.bucket.name)/\(run.inventory.id)/"
    }

    private func store(_ bytes: [UInt8], _ run: InventoryRun) async throws -> InventoryProgress.File {
        let name = [random.next(), random.next()].map { Hex.encode(withUnsafeBytes(of: $0.bigEndian) { Array($0) }) }.joined()
        return try await put(folder(run) + "data/\(name).csv.gz", ByteBuffer(bytes: bytes), "application/gzip", run)
    }

    /// The manifest and its checksum come last: who sees them sees a whole report.
    private func finish(_ run: InventoryRun) async throws {
        let stamp = LogKey.stamp(run.progress.started)
        let links = run.progress.files.map { "s3://\(run.inventory.destinationBucket)/\($0.key)\n" }.joined()
        // dt=yyyy-MM-dd-hh-mm
        let hive = folder(run) + "hive/dt=\(stamp.prefix(16))/symlink.txt"
        _ = try await put(hive, ByteBuffer(string: links), "text/plain", run)
        // yyyy-MM-ddThh-mmZ
        let folder = folder(run) + "\(stamp.prefix(10))T\(stamp.dropFirst(11).prefix(5))Z/"
        let manifest = manifest(run)
        _ = try await put(folder + "manifest.json", manifest, "application/json", run)
        let digest = Hex.encode(Array(Insecure.MD5.hash(data: Array(manifest.readableBytesView))))
        _ = try await put(folder + Self.manifestChecksum, ByteBuffer(string: digest), "text/plain", run)
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

    private func delivery(_ key: String, _ contentType: String, _ run: InventoryRun) throws(S3Error) -> ServiceDelivery {
        guard let objectKey = ObjectKey(key) else { throw .keyTooLong(key.utf8.count, max: ObjectKey.bytesMax) }
        let encryption: EncryptionChoice =
            switch run.inventory.encryption {
            case nil: .unspecified
            case .managed: .managed
            case .service(let key): .service(key: key, context: [:], usesBucketKey: nil)
            }
        return ServiceDelivery(
            service: .inventory, source: run.bucket, target: run.inventory.destinationBucket, key: objectKey, contentType: contentType,
            encryption: encryption)
    }

    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private func put(_ key: String, _ bytes: ByteBuffer, _ contentType: String, _ run: InventoryRun) async throws -> InventoryProgress.File
    {
        let delivery = try delivery(key, contentType, run)
        if let reason = try await delivery.refusal(objects) { throw Refused(description: reason) }
        let stored = try await delivery.put(bytes, objects, requestID: RequestID(random: random.next()))
        let md5 = Hex.encode(Array(Insecure.MD5.hash(data: Array(bytes.readableBytesView))))
        return InventoryProgress.File(key: key, size: stored.size, md5: md5)
    }
}
