import Bytes
import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import Testing

/// The layouts of versions and locks that data folders and clients depend on, byte for byte. A change here is a change of the format.
@Suite struct VersionFormatTests {
    static let time = StoredBytesTests.time

    static func versionedAtTime(objectLock: Bool = false) async throws -> Fixture {
        let fixture = Fixture()
        fixture.clock.set(to: time)
        _ = try await fixture.objects.createBucket(fixture.bucket, objectLock: objectLock, context: fixture.alice)
        return fixture
    }

    static func values(_ tag: UInt8, in fixture: Fixture) -> [(key: [UInt8], value: String)] {
        fixture.ledger.contents.filter { $0.key[0] == tag }.map { ($0.key, Hex.encode($0.value)) }
    }

    @Test func versionIDsAreFrozen() {
        #expect(VersionID.made(LSN(1)).description == "VpIWHRALBeWHl9azJMBaEVpXZ.ppALFW")
        #expect(VersionID.made(LSN(.max)).description.utf8.count == 32)
        #expect(VersionID("null") == .null && VersionID.null.description == "null")
    }

    @Test func versionIDsAreReadBack() {
        let random = SimRandom(seed: 3)
        for number in [0, 1, 2, .max, 1 << 63] + (0..<1000).map({ _ in random.next() }) {
            let id = VersionID.made(LSN(number))
            #expect(VersionID(id.description) == id)
            var text = Array(id.description.utf8)
            let place = random.int(in: 0...31)
            text[place] = text[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(VersionID(String(decoding: text, as: UTF8.self)) == .foreign(String(decoding: text, as: UTF8.self)))
        }
        for text in ["", "abc", "Null", String(repeating: "/", count: 32), String(repeating: "é", count: 16)] {
            #expect(VersionID(text) == nil, "\(text)")
        }
    }

    @Test func anOlderVersion() async throws {
        let fixture = try await Self.versionedAtTime()
        try await fixture.put("a\0b")
        _ = try await fixture.objects.setVersioning(fixture.bucket, .enabled, context: fixture.alice)
        try await fixture.put("a\0b", [])
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a\0b")!, context: fixture.alice)
        let scope = StorageKeys.bigEndian(1)
        let escaped: [UInt8] = [0x61, 0x00, 0xFF, 0x62, 0x00, 0x01]
        func inverted(_ lsn: UInt64) -> [UInt8] { StorageKeys.bigEndian(~lsn) }
        func little(_ number: UInt64) -> String { Hex.encode(StorageKeys.bigEndian(number).reversed()) }
        let empty = "d41d8cd98f00b204e9800998ecf8427e"
        let (time, none) = ("0605040302010000", "00000000000000000000000000000000")
        let older = Self.values(0x22, in: fixture)
        #expect(older.map(\.key) == [[0x22] + scope + escaped + inverted(4), [0x22] + scope + escaped + inverted(2)])
        #expect(
            older.map(\.value) == [
                "0180000000000000" + little(0) + time + little(4) + empty + none,
                "0101000000000000" + little(5) + time + little(2) + StoredBytesTests.md5 + little(1) + little(0),
            ])
        let current = Self.values(0x21, in: fixture)
        #expect(current.map(\.value) == ["0184000000000000" + little(0) + time + little(5) + none + none])
        let null = Self.values(0x2A, in: fixture)
        #expect(null.map(\.key) == [[0x2A] + scope + [0x61, 0, 0x62]] && null.map(\.value) == ["0000000000000002"])
    }

    /// Flag 08 and field 18, where a null version took another one's place.
    @Test func sinceWhenOthersAreOlder() async throws {
        let fixture = try await Self.versionedAtTime()
        _ = try await fixture.objects.setVersioning(fixture.bucket, .suspended, context: fixture.alice)
        try await fixture.put("a")
        #expect(try #require(Self.values(0x21, in: fixture).first).value.hasPrefix("0101"))
        try await fixture.put("a")
        let since = "9001" + "868a9098a020"
        let put = try #require(Self.values(0x21, in: fixture).first).value
        #expect(put.hasPrefix("0109") && put.dropFirst(128) == since, "\(put)")
        _ = try await fixture.objects.delete(fixture.bucket, ObjectKey("a")!, context: fixture.alice)
        let marker = try #require(Self.values(0x21, in: fixture).first).value
        #expect(marker.hasPrefix("010c") && marker.dropFirst(128) == since, "\(marker)")
    }

    @Test func settingsAndLocks() async throws {
        let fixture = try await Self.versionedAtTime(objectLock: true)
        let rule = ObjectLockConfiguration.DefaultRetention(mode: .compliance, period: .days(300))
        _ = try await fixture.objects.setObjectLock(
            fixture.bucket, ObjectLockConfiguration(defaultRetention: rule), context: fixture.alice)
        // BucketRecord.settings: 1 with status 1, 2 with mode 2 and 300 days.
        #expect(try #require(Self.values(0x20, in: fixture).first).value.hasSuffix("2a0608011202" + "0801" + "2a0908021205" + "080210ac02"))
        let until = Timestamp(milliseconds: Self.time.milliseconds * 2)
        try await fixture.put("a", lock: ObjectLock(retention: Retention(mode: .governance, until: until), legalHold: true))
        let value = try #require(Self.values(0x21, in: fixture).first).value
        // Packed, with a version id and a lock; the details: 12 mode, 13 until, 14 legal hold.
        #expect(value.hasPrefix("01c1") && value.dropFirst(128) == "6001" + "688c94a0b0c040" + "7001", "\(value.dropFirst(128))")
    }

    @Test func excludedKeys() async throws {
        let fixture = try await Self.versionedAtTime()
        let versioning = VersioningConfiguration(.enabled, excludedPrefixes: ["tmp/", "log"], excludesFolders: true)
        _ = try await fixture.objects.setVersioning(fixture.bucket, versioning, context: fixture.alice)
        // BucketRecord.settings: 1 with status 1, two prefixes, folders.
        let setting = "0801" + "1204" + StoredBytesTests.hex("tmp/") + "1203" + StoredBytesTests.hex("log") + "1801"
        #expect(try #require(Self.values(0x20, in: fixture).first).value.hasSuffix("2a1308011" + "20f" + setting))
        #expect(try await fixture.objects.versioning(fixture.bucket) == versioning)
    }

    @Test func facts() async throws {
        let fixture = try await Self.versionedAtTime(objectLock: true)
        let a = ObjectKey("a")!
        try await fixture.put("a")
        _ = try await fixture.objects.delete(fixture.bucket, a, context: fixture.alice)
        let until = Timestamp(milliseconds: Self.time.milliseconds * 2)
        _ = try await fixture.objects.setRetention(
            of: a, .made(LSN(2)), in: fixture.bucket, to: Retention(mode: .governance, until: until), bypassGovernance: false,
            context: fixture.alice)
        _ = try await fixture.objects.setLegalHold(of: a, .made(LSN(2)), in: fixture.bucket, to: true, context: fixture.alice)
        _ = try await fixture.objects.delete(fixture.bucket, a, version: .made(LSN(3)), context: fixture.alice)
        let facts = fixture.ledger.allRecords.dropFirst().flatMap(\.facts)
        let found = facts.map { String($0.kind.rawValue, radix: 16) + " " + Hex.encode($0.payload) }
        let head = "0a06" + StoredBytesTests.hex("photos") + "1201" + StoredBytesTests.hex("a")
        let origin = StoredBytesTests.origin
        func id(_ tag: String, _ lsn: UInt64) -> String { tag + "20" + StoredBytesTests.hex(VersionID.made(LSN(lsn)).description) }
        let lock = "2801" + "308c94a0b0c040"
        #expect(
            found == [
                "2010 " + head + "1805" + "2220" + StoredBytesTests.hex(StoredBytesTests.md5) + "32" + origin + id("3a", 2),
                "2012 " + head + "1a" + origin + id("22", 3),
                "2017 " + head + "1a" + origin + id("22", 2) + lock,
                "2017 " + head + "1a" + origin + id("22", 2) + lock + "3801",
                "2013 " + head + "1a" + origin + id("22", 3) + "2801",
            ])
    }
}
