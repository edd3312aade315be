import Model
import ModelLedger
import Objects
import SimulationKit
import StoragePorts
import SwiftProtobuf
import Testing

/// The layouts that data folders depend on. A change here is a change of the format.
@Suite struct FormatTests {
    static let instance = StorageKeys.bigEndian(1)

    @Test func keysAreAsDocumented() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a\0b")
        let upload = try await fixture.upload("a\0b")
        let part = try await fixture.part(upload, 258, [1])
        let id = stride(from: 0, to: 32, by: 2).map { index in
            let text = Array(upload.id.description.utf8)
            return UInt8(String(decoding: text[index..<index + 2], as: UTF8.self), radix: 16)!
        }
        #expect(Array(id.prefix(8)) == StorageKeys.bigEndian(3), "an upload's id begins with the LSN of its creation")
        func keys() -> [[UInt8]] { fixture.ledger.contents.map(\.key).filter { $0[0] >= 0x10 } }
        let account = Array("111111111111".utf8)
        let name = Array("photos".utf8)
        #expect(
            keys() == [
                [0x20] + name, [0x21] + Self.instance + [0x61, 0, 0x62],
                [0x23] + Self.instance + [0x61, 0, 0xFF, 0x62, 0, 1] + id, [0x24] + id + [1, 2], [0x26] + account + name, [0x27] + account,
                [0x70] + Self.instance + [0x61, 0, 0x62],
            ])
        _ = try await fixture.complete(upload, [part])
        #expect(keys().contains([0x25] + id) && !keys().contains { $0[0] == 0x70 })
    }

    @Test func theObjectsHeaderIsAsDocumented() async throws {
        let fixture = try await Fixture.withBucket()
        fixture.clock.set(to: Timestamp(milliseconds: 0x0102_0304_0506))
        fixture.clock.advance(by: .seconds(2_000_000_000))
        var attributes = ObjectAttributes()
        attributes.storageClass = .glacier
        let info = try await fixture.put("a", Array("hello".utf8), attributes: attributes, checksum: .crc32c).value
        let value = try #require(fixture.ledger.contents.first { $0.key[0] == 0x21 }?.value)
        let md5 = try await fixture.payload(Array("hello".utf8)).md5.bytes
        func little(_ number: Int64) -> [UInt8] { StorageKeys.bigEndian(UInt64(number)).reversed() }
        let head: [UInt8] = [1, 1, 5, 0x22, 0, 0, 0, 0]
        #expect(Array(value[0..<64]) == head + little(5) + little(info.lastModified.milliseconds) + little(2) + md5 + little(1) + little(0))
        #expect(value.count == 64 + 2 + 4, "no message fields but the checksum: a tag, a length and four bytes")
    }

    @Test func aNotificationIsTheMessageOfTheProtoFile() throws {
        let due = NotificationDue(targetARN: "arn:aws:sqs:::q", body: text(300))
        let message = try PBNotificationDue(serializedBytes: due.fact.payload)
        #expect(message.targetArn == due.targetARN && Array(message.body) == due.body)
        #expect(try NotificationDue(due.fact) == due)
        let ordered = NotificationDue(targetARN: "arn:aws:lambda:::f", body: text(300), lane: 0x0102_0304_0506_0708)
        #expect(try PBNotificationDue(serializedBytes: ordered.functionFact.payload).lane == ordered.lane)
        #expect(try NotificationDue(ordered.functionFact) == ordered)
        let traced = NotificationDue(targetARN: "arn:aws:sqs:::q", body: text(300), trace: "Root=1")
        #expect(try PBNotificationDue(serializedBytes: traced.fact.payload).trace == "Root=1")
        #expect(try NotificationDue(traced.fact) == traced)
        #expect(throws: LedgerError.self) { try NotificationDue(Fact(ObjectsFactKind.notificationDue, [1, 2, 3])) }
    }

    @Test func factKindsAreFrozen() {
        let numbers = Objects.factKinds.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
        #expect(
            numbers.map(\.0) == [
                0x2001, 0x2002, 0x2003, 0x2004, 0x2010, 0x2011, 0x2012, 0x2013, 0x2015, 0x2016, 0x2017, 0x2018, 0x201C, 0x201D, 0x2020,
                0x2021, 0x2022, 0x2030, 0x2031,
            ])
        #expect(numbers.map(\.1).last == "FunctionDue")
    }

    @Test func aDamagedValueIsAnErrorNotACrash() async throws {
        let fixture = try await Fixture.withBucket()
        try await fixture.put("a")
        let object = [0x21] + Self.instance + [0x61]
        for damaged in [
            [], [2], [UInt8](repeating: 9, count: 64), [1, 7] + [UInt8](repeating: 0, count: 70),
            [1, 1] + [UInt8](repeating: 0xFF, count: 62),
        ] {
            _ = try await fixture.ledger.commit { $0.put(object, damaged) }
            guard case .ledger(.damaged) = await failure({ try await fixture.get("a") }) else {
                Issue.record("\(damaged) was read")
                continue
            }
        }
        _ = try await fixture.ledger.commit { $0.put([0x20] + Array("photos".utf8), [1]) }
        guard case .ledger(.damaged) = await failure({ try await fixture.objects.bucket(fixture.bucket) }) else {
            Issue.record("a damaged bucket was read")
            return
        }
    }
}
