import Model
import ModelLedger
import SimulationKit
import StoragePorts
import Testing
import Webhooks

/// What is on disk, byte by byte (docs/FORMAT.md).
@Suite struct FormatTests {
    @Test func eventsAndAttemptsAreTheseBytes() async throws {
        let fixture = WebhookFixture()
        try await fixture.emit([(0x0102_0304_0506_0708, "{}"), (9, "[]")])
        let arn = Array("arn:aws:lambda:us-east-1:000000000000:function:f".utf8)
        let time = StorageKeys.bigEndian(UInt64(fixture.clock.now().milliseconds))
        #expect(
            fixture.ledger.contents.map(\.key) == [
                [0x50] + arn + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [0x50] + arn + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
            ])
        #expect(
            fixture.ledger.contents.map(\.value) == [
                [1, 1, 2, 3, 4, 5, 6, 7, 8] + time + Array("{}".utf8), [1, 0, 0, 0, 0, 0, 0, 0, 9] + time + Array("[]".utf8),
            ])
        let endpoint = Endpoint { $0 == "{}" ? .failed("down") : .taken }
        await fixture.run(fixture.courier(endpoint)) { fixture.left.count == 2 && fixture.left[1][0] == 0x51 }
        let attempts = fixture.ledger.contents[1]
        #expect(attempts.key == [0x51] + arn + [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(attempts.value.count == 4 && attempts.value[0...2] == [0, 0, 0])
    }
}
