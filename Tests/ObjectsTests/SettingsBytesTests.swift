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

    @Test func cors() throws {
        let full = CORSRule(
            id: "i", allowedMethods: ["GET"], allowedOrigins: ["*"], allowedHeaders: ["h"], exposeHeaders: ["e"], maxAgeSeconds: 5)
        let least = CORSRule(allowedMethods: ["PUT"], allowedOrigins: ["o"])
        try expect(
            CORSConfiguration(rules: [full, least]),
            is: "0a13" + "0a0169" + "1203474554" + "1a012a" + "220168" + "2a0165" + "3005" + "0a08" + "1203505554" + "1a016f")
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
