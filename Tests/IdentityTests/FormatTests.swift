import Bytes
import Identity
import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Testing

/// Every entry and fact of the domain, byte for byte: a change here is a change of the format (docs/FORMAT.md).
@Suite struct FormatTests {
    /// `Fixture.time` as a protobuf varint.
    static let varintTime = "868a9098a020"
    static func hex(_ text: String) -> String { Hex.encode(Array(text.utf8)) }

    static let account = hex("111111111111")
    /// IdentityOrigin of the fixture's commands, with its length in front.
    static let origin =
        "530a0c" + hex("000000000000") + "121e" + hex("arn:aws:iam::000000000000:root") + "1a07" + hex("ROOTKEY")
        + "2210" + hex("000000000000ABCD") + "2a08" + hex("10.0.0.7")

    /// All entries of the domain with this tag, `key value` in hexadecimal digits, in the order of the keys.
    func entries(_ tag: UInt8, _ fixture: Fixture) -> [String] {
        fixture.ledger.contents.filter { $0.key[0] == tag }.map { "\(Hex.encode($0.key)) \(Hex.encode($0.value))" }
    }

    func facts(_ fixture: Fixture) -> [String] {
        fixture.ledger.allRecords.flatMap(\.facts).map { "\(String($0.kind.rawValue, radix: 16)) \(Hex.encode($0.payload))" }
    }

    static func fixture() async throws -> Fixture {
        let fixture = Fixture()
        try await fixture.makeAccount(canonicalID: "canon", name: "name", email: "A@b")
        return fixture
    }

    @Test func accounts() async throws {
        let fixture = try await Self.fixture()
        let record = "0a05" + Self.hex("canon") + "1204" + Self.hex("name") + "1a03" + Self.hex("a@b") + "20" + Self.varintTime
        #expect(entries(0x40, fixture) == ["40\(Self.account) \(record)"])
        #expect(entries(0x43, fixture) == ["43\(Self.hex("canon")) \(Self.account)"])
        #expect(entries(0x44, fixture) == ["44\(Self.hex("a@b")) \(Self.account)"])
    }

    @Test func users() async throws {
        let fixture = try await Self.fixture()
        let user = try await fixture.registrar.createUser("Ann", path: "/p/", of: Fixture.other, fixture.origin)
        try await fixture.registrar.setPolicy("q", of: "ann", in: Fixture.other, to: "{}", fixture.origin)
        _ = try await fixture.makeKey(user: "ann")
        let record =
            "0a03" + Self.hex("Ann") + "1203" + Self.hex("/p/") + "1a15" + Self.hex(user.id) + "20" + Self.varintTime + "2801"
            + "3207" + "0a01" + Self.hex("q") + "1202" + Self.hex("{}")
        #expect(entries(0x41, fixture) == ["41\(Self.account)\(Self.hex("ann")) \(record)"])
        #expect(entries(0x40, fixture).first?.hasSuffix("20\(Self.varintTime)2801") == true, "one user")
    }

    @Test func accessKeys() async throws {
        let fixture = try await Self.fixture()
        _ = try await fixture.makeKey(id: "KEY", secret: "secret-1")
        _ = try await fixture.registrar.setAccessKey("KEY", isActive: false, fixture.origin)
        let entry = try #require(entries(0x42, fixture).first)
        // The wrap is 49 bytes longer than the secret; it begins with its format.
        let head = "42\(Self.hex("KEY")) 0a0c\(Self.account)1a3901"
        let tail = "2204" + Self.hex("et-1") + "2801" + "30" + Self.varintTime
        #expect(entry.hasPrefix(head) && entry.hasSuffix(tail) && entry.utf8.count == head.utf8.count + 2 * 56 + tail.utf8.count)
        #expect(entries(0x40, fixture).first?.hasSuffix("20\(Self.varintTime)3001") == true, "one key of the root")
    }

    @Test func urls() async throws {
        let fixture = try await Self.fixture()
        _ = try await fixture.registrar.revokeURLs(ofKey: "ROOTKEY", until: nil, fixture.origin)
        let id = try #require(PresignedURLID(account: Fixture.other, name: "u"))
        let terms = PresignedURLTerms(
            id: id, accessKeyID: "KEY", made: Fixture.time, expires: Fixture.time + .milliseconds(1), usesMax: 3, bytesMax: 9)
        try await fixture.urls.spend(terms, uses: 1, bytes: 2, by: PresignedURLRequest(id: RequestID(random: 1), sourceIP: "x"))
        let end = Self.hex("u")
        #expect(
            entries(0x45, fixture) == [
                "4501\(Self.hex("ROOTKEY")) 0000010203040506",
                // Uses, bytes, expires.
                "4502\(Self.account)\(end) 0801" + "1002" + "20878a9098a020",
                // A quarter of an hour, 0x0DBBA0 ms, later.
                "4503" + "000001020311c0a7" + "\(Self.account)\(end) ",
            ])
    }

    @Test func facts() async throws {
        let fixture = try await Self.fixture()
        _ = try await fixture.registrar.updateAccount(Fixture.other, displayName: "new", email: nil, fixture.origin)
        let user = try await fixture.registrar.createUser("u", of: Fixture.other, fixture.origin)
        try await fixture.registrar.setPolicy("q", of: "u", in: Fixture.other, to: "{}", fixture.origin)
        _ = try await fixture.makeKey(user: "u", id: "KEY")
        _ = try await fixture.registrar.setAccessKey("KEY", isActive: false, fixture.origin)
        _ = try await fixture.registrar.setAccessKey("KEY", isActive: true, fixture.origin)
        try await fixture.registrar.deleteAccessKey("KEY", fixture.origin)
        try await fixture.registrar.deleteUser("u", of: Fixture.other, fixture.origin)
        try await fixture.registrar.deleteAccount(Fixture.other, owned: { _, _ in nil }, fixture.origin)
        let named = "0a0c\(Self.account)12"
        let key = "0a03" + Self.hex("KEY") + "120c\(Self.account)1a01" + Self.hex("u") + "22" + Self.origin
        #expect(
            facts(fixture) == [
                "4001 \(named)05" + Self.hex("canon") + "1a04" + Self.hex("name") + "2203" + Self.hex("a@b") + "2a" + Self.origin,
                "4002 \(named)03" + Self.hex("new") + "1a03" + Self.hex("a@b") + "22" + Self.origin,
                "4010 \(named)01" + Self.hex("u") + "1a01" + Self.hex("/") + "2215" + Self.hex(user.id) + "2a" + Self.origin,
                "4012 \(named)01" + Self.hex("u") + "1a01" + Self.hex("q") + "2001" + "2a" + Self.origin,
                "4020 \(key)", "4022 \(key)", "4021 \(key)", "4023 \(key)",
                "4011 \(named)01" + Self.hex("u") + "1a15" + Self.hex(user.id) + "22" + Self.origin,
                "4003 \(named)05" + Self.hex("canon") + "1a" + Self.origin,
            ])
    }

    @Test func factsOfURLs() async throws {
        let fixture = Fixture()
        let id = try #require(PresignedURLID(account: Fixture.other, name: "u"))
        let terms = PresignedURLTerms(
            id: id, accessKeyID: "KEY", made: Fixture.time, expires: Fixture.time + .milliseconds(1), usesMax: 3, bytesMax: 9)
        let request = PresignedURLRequest(id: RequestID(random: 0xABCD), sourceIP: "x")
        try await fixture.urls.spend(terms, uses: 1, bytes: 2, by: request)
        try await fixture.urls.giveBack(terms, uses: 1, bytes: 2, by: request)
        _ = try await fixture.registrar.revokeURLs(ofKey: "ROOTKEY", until: nil, fixture.origin)
        _ = try await fixture.urls.revoke(id, fixture.origin)
        let named = "0a0c\(Self.account)1201" + Self.hex("u")
        let asked = Self.hex("000000000000ABCD")
        #expect(
            facts(fixture) == [
                "4030 \(named)1a03" + Self.hex("KEY") + "2001" + "2802" + "3210\(asked)" + "3a01" + Self.hex("x"),
                "4031 \(named)1801" + "2002" + "2a10\(asked)",
                "4033 0a07" + Self.hex("ROOTKEY") + "10\(Self.varintTime)" + "1a" + Self.origin,
                "4032 \(named)18a681c798a020" + "22" + Self.origin,
            ])
    }
}
