import Bytes
import Model
import ModelLedger
import Objects
import StoragePorts
import Testing

/// What each setting of a bucket is stored as, byte for byte: a change here is a change of the format (docs/FORMAT.md).
@Suite struct SettingsBytesTests {
    func hex(_ text: String) -> String { Hex.encode(Array(text.utf8)) }

    func expect<Setting: BucketSetting & Equatable>(_ setting: Setting, is text: String) throws {
        let bytes = try setting.stored()
        #expect(Hex.encode(bytes) == text)
        #expect(try Setting(stored: bytes) == setting)
        #expect(throws: (any Error).self) { try Setting(stored: [0xFF]) }
    }

    @Test func tags() throws {
        let set = try TagSet([Tag(key: "b", value: ""), Tag(key: "a", value: "1")], of: .bucket)
        try expect(BucketTags(set), is: "0a06" + "0a0161" + "120131" + "0a03" + "0a0162")
    }

    @Test func lifecycle() throws {
        let rule = LifecycleRule(
            id: "i", isEnabled: true,
            filter: LifecycleFilter(form: .conjunction, prefix: "p", tags: [Tag(key: "a", value: "1")], sizeAbove: 7), expiration: .days(3),
            noncurrentExpiration: .init(days: 4, kept: 2), abortDays: 5,
            transitions: [LifecycleTransition(moment: .days(1), storageClass: .glacier)])
        try expect(
            Lifecycle(rules: [rule]),
            is: "0a25" + "0a0169" + "1001" + "220170" + "2a06" + "0a0161" + "120131" + "3007" + "4001" + "4803" + "6004" + "6802" + "7005"
                + "7a04" + "0801" + "1805" + "880101")
    }

    @Test func cors() throws {
        let full = CORSRule(
            id: "i", allowedMethods: ["GET"], allowedOrigins: ["*"], allowedHeaders: ["h"], exposeHeaders: ["e"], maxAgeSeconds: 5)
        let least = CORSRule(allowedMethods: ["PUT"], allowedOrigins: ["o"])
        try expect(
            CORSConfiguration(rules: [full, least]),
            is: "0a13" + "0a0169" + "1203474554" + "1a012a" + "220168" + "2a0165" + "3005" + "0a08" + "1203505554" + "1a016f")
    }

    @Test func access() throws {
        let account = Grant(.account(canonicalID: "c", displayName: "n"), .fullControl)
        try expect(
            AccessControlList([account, Grant(.group(.allUsers), .read), Grant(.group(.authenticatedUsers), .writeACP)]),
            is: "0a08" + "0805" + "1a0163" + "22016e" + "0a04" + "0801" + "1001" + "0a04" + "0804" + "1002")
        try expect(AccessControlList([Grant(.group(.logDelivery), .write)]), is: "0a04" + "0802" + "1003")
        try expect(AccessControlList([Grant(.group(.logDelivery), .readACP)]), is: "0a04" + "0803" + "1003")
        try expect(OwnershipControls(nil), is: "")
        try expect(OwnershipControls(.bucketOwnerEnforced), is: "0801")
        try expect(OwnershipControls(.bucketOwnerPreferred), is: "0802")
        try expect(OwnershipControls(.objectWriter), is: "0803")
        try expect(PublicAccessBlock.standard, is: "0801" + "1001" + "1801" + "2001")
        try expect(PublicAccessBlock.removed, is: "2801")
        try expect(RequestPayment.requester, is: "0801")
        let text = Array(
            #"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}}"#.utf8)
        #expect(try BucketPolicy(stored: text).stored() == text)
        #expect(throws: (any Error).self) { try BucketPolicy(stored: [0xFF]) }
    }

    /// Whose an object is and who may do what with it, beside its details.
    @Test func accessOfAnObject() async throws {
        let fixture = try await Fixture.withBucket()
        var attributes = ObjectAttributes()
        let owner = Owner(account: AccountID("222222222222")!, canonicalID: "c", displayName: "n")
        attributes.access = ObjectAccess(owner: owner, acl: AccessControlList([Grant(.group(.allUsers), .read)]))
        try await fixture.put("a", [], attributes: attributes)
        let value = Hex.encode(try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 }).value)
        #expect(value.dropFirst(128) == "5214" + "0a0c" + hex("222222222222") + "120163" + "1a016e" + "820106" + "0a04" + "0801" + "1001")
        let info = try await fixture.objects.lookup(fixture.bucket, ObjectKey("a")!).info
        #expect(info.owner == owner && info.attributes.access == attributes.access)
        _ = try await fixture.objects.setAccessControlList(fixture.bucket, ObjectKey("a")!, nil, context: fixture.alice)
        let fact = try #require(fixture.ledger.allRecords.last?.facts.first)
        #expect(fact.kind == ObjectsFactKind.objectAclChanged)
        #expect(Hex.encode(fact.payload).hasPrefix("0a06" + hex("photos") + "120161" + "1a"))
        let kept = try await fixture.objects.lookup(fixture.bucket, ObjectKey("a")!).info
        #expect(kept.attributes.access == ObjectAccess(owner: owner) && kept.lastModified == info.lastModified)
    }

    /// Until when an archived object may be read: field 17 of its details, and the fact that says so.
    @Test func theEndOfARestore() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a", [], attributes: ObjectAttributes(storageClass: .glacier))
        let restored = try await fixture.objects.restore(fixture.bucket, ObjectKey("a")!, Restoration(days: 1), context: fixture.alice)
        #expect(restored.value.version == nil && !restored.value.wasRestored)
        let value = Hex.encode(try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 }).value)
        // 1,767,398,400,000 ms: the midnight after the next day.
        #expect(value.hasSuffix("8801" + "80c09d89b833"))
        let fact = try #require(fixture.ledger.allRecords.last?.facts.first)
        #expect(fact.kind == ObjectsFactKind.objectRestored)
        #expect(Hex.encode(fact.payload).hasPrefix("0a06" + hex("photos") + "120161" + "18" + "80c09d89b833" + "22"))
    }

    @Test func website() throws {
        let first = WebsiteConfiguration.RoutingRule(
            ifKeyPrefix: "p", ifErrorStatus: 404, host: "h", scheme: .https, redirectStatus: 302, replacement: .key("k"))
        let second = WebsiteConfiguration.RoutingRule(replacement: .prefix(""))
        try expect(
            WebsiteConfiguration(indexSuffix: "i", errorKey: "e", rules: [first, second]),
            is: "0a0169" + "120165" + "2a16" + "0a0170" + "109403" + "1a0168" + "22056874747073" + "28ae02" + "32016b" + "2a02" + "3a00")
        try expect(
            WebsiteConfiguration(redirectAll: .init(name: "h", scheme: .http)), is: "1a0168" + "220468747470")
        try expect(WebsiteConfiguration(redirectAll: .init(name: "h", scheme: nil)), is: "1a0168")
    }

    @Test func logging() throws {
        let bucket = BucketName("logs")!
        let head = "0a04" + hex("logs") + "120170"
        func expect(_ format: LoggingConfiguration.KeyFormat?, _ tail: String) throws {
            try self.expect(LoggingConfiguration(targetBucket: bucket, targetPrefix: "p", keyFormat: format), is: head + tail)
        }
        try expect(nil, "")
        try expect(.simple, "1800")
        try expect(.partitionedByEventTime, "1801")
        try expect(.partitionedByDeliveryTime, "1802")
        let granting = LoggingConfiguration(
            targetBucket: bucket, targetPrefix: "p", keyFormat: nil, targetGrants: [Grant(.group(.logDelivery), .write)])
        try self.expect(granting, is: head + "2204" + "0802" + "1003")
    }

    @Test func keptConfigurations() throws {
        let list = [("b", "<Id>b</Id>"), ("a", "")].map { KeptConfigurations<RequestMetrics>.Configuration(id: $0.0, content: $0.1) }
        try expect(KeptConfigurations<RequestMetrics>(list), is: "0a03" + "0a0161" + "0a0f" + "0a0162" + "120a" + hex("<Id>b</Id>"))
        try expect(AccelerateConfiguration.enabled, is: "0801")
        try expect(AccelerateConfiguration.suspended, is: "")
        let kinds = [RequestMetrics.kind, StorageAnalytics.kind, IntelligentTiering.kind, AccelerateConfiguration.kind]
        #expect(kinds.map(\.rawValue) == [17, 18, 19, 20])
    }

    @Test func inventories() throws {
        let bucket = BucketName("list")!
        let full = InventoryConfiguration(
            id: "b", isEnabled: true, prefix: "p", includesAllVersions: true, isWeekly: true, fields: [.size, .objectOwner],
            destinationBucket: bucket, destinationAccount: "1", destinationPrefix: "d", encryption: .service(key: "k"))
        let least = InventoryConfiguration(id: "a", isEnabled: false, destinationBucket: bucket)
        try expect(
            Inventories([full, least]),
            is: "0a09" + "0a0161" + "3a04" + hex("list") + "0a21" + "0a0162" + "1001" + "1a0170" + "2001" + "2801" + "3202010e" + "3a04"
                + hex("list") + "420131" + "4a0164" + "5002" + "5a016b")
        try expect(
            Inventories([InventoryConfiguration(id: "a", isEnabled: false, destinationBucket: bucket, encryption: .managed)]),
            is: "0a0b" + "0a0161" + "3a04" + hex("list") + "5001")
        #expect(InventoryField.allCases.map(\.rawValue) == Array(1...16))
    }

    @Test func inventoryProgress() async throws {
        let fixture = try await Fixture.withBucket()
        let inventory = InventoryConfiguration(id: "i", isEnabled: true, destinationBucket: fixture.bucket)
        _ = try await fixture.objects.set(Inventories([inventory]), of: fixture.bucket, context: fixture.alice)
        let runs = try await fixture.objects.dueInventories(now: Timestamp(milliseconds: 5))
        var run = try #require(runs.first)
        run.progress.position = VersionPage.Position(key: [0x6B], version: .null)
        run.progress.files = [.init(key: "f", size: 3, md5: "m")]
        #expect(try await fixture.objects.save(run))
        let entry = try #require(fixture.ledger.contents.first { $0.key[0] == 0x2D })
        #expect(entry.key == [0x2D] + StorageKeys.bigEndian(1) + [0x69])
        #expect(Hex.encode(entry.value) == "0805" + "1a016b" + "2204" + hex("null") + "2a08" + "0a0166" + "1003" + "1a016d")
        #expect(try await fixture.objects.dueInventories(now: Timestamp(milliseconds: 6)).map(\.progress) == [run.progress], "begun")
        run.progress.isComplete = true
        #expect(try await fixture.objects.save(run))
        #expect(try await fixture.objects.dueInventories(now: Timestamp(seconds: 86_399)).isEmpty)
        #expect(try await fixture.objects.dueInventories(now: Timestamp(seconds: 86_400)).count == 1, "the next day")
        _ = try await fixture.objects.removeSetting(Inventories.self, of: fixture.bucket, context: fixture.alice)
        #expect(try await fixture.objects.save(run) == false)
        #expect(try await fixture.objects.dueInventories(now: Timestamp(seconds: 86_400)).isEmpty)
        #expect(!fixture.ledger.contents.contains { $0.key[0] == 0x2D }, "forgotten with its inventory")
    }

    /// In the bucket's record, by the number of its kind, beside the others.
    @Test func settingsLieInTheBucketsRecord() async throws {
        let fixture = try await Fixture.withBucket()
        let set = try TagSet([Tag(key: "a", value: "")], of: .bucket)
        let lsn = try await fixture.objects.set(BucketTags(set), of: fixture.bucket, context: fixture.alice)
        let value = Hex.encode(try #require(fixture.ledger.contents.first { $0.key[0] == 0x20 }).value)
        #expect(value.hasSuffix("2a09" + "0804" + "1205" + "0a03" + "0a0161"))
        #expect(lsn == LSN(2))
        #expect(try await fixture.objects.setting(BucketTags.self, of: fixture.bucket)?.set == set)
        #expect(try await fixture.objects.setting(CORSConfiguration.self, of: fixture.bucket) == nil)
        _ = try await fixture.objects.removeSetting(BucketTags.self, of: fixture.bucket, context: fixture.alice)
        #expect(try await fixture.objects.setting(BucketTags.self, of: fixture.bucket) == nil)
    }
}
