import Envelope
import Model
import ModelLedger
import NIOCore
import Objects
import SimulationKit
import StoragePorts
import Testing

/// A key service with one key, which remembers nothing: the wrapped key is the key in the clear with its context.
struct StubKeyService: KeyService {
    let random = SimRandom(seed: 99)

    private func context(_ pairs: [String: String]) -> WrapContext {
        WrapContext("stub", pairs.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) })
    }

    private var key: DataKey { DataKey(random: SimRandom(seed: 98)) }

    func generateDataKey(_ name: String, context: [String: String]) async throws(KeyServiceError) -> ServedDataKey {
        guard name == "k" || name == Objects.defaultServiceKey else { throw .notFound(.invalidID(name)) }
        let made = DataKey(random: random)
        return ServedDataKey(key: made, wrapped: key.wrap(made.bytes, self.context(context), random: random), shownKey: name)
    }

    func decrypt(_ wrapped: [UInt8], context: [String: String]) async throws(KeyServiceError) -> DataKey {
        guard let bytes = try? key.unwrap(wrapped, self.context(context)), let opened = DataKey(bytes: bytes) else {
            throw .invalidCiphertext
        }
        return opened
    }

    func describe(_ name: String) async throws(KeyServiceError) -> KeyDescription {
        KeyDescription(id: name, arn: name, isEnabled: true)
    }
}

extension EncryptionKeys {
    static func ring(_ current: UInt8 = 1, older: [UInt8] = []) -> EncryptionKeys {
        func key(_ fill: UInt8) -> DataKey { DataKey(bytes: [UInt8](repeating: fill, count: 32))! }
        return EncryptionKeys(
            masterKeys: MasterKeys(current: key(current), older: older.map(key), random: SimRandom(seed: UInt64(current))),
            service: StubKeyService())
    }
}

extension Fixture {
    static func encrypted(_ keys: EncryptionKeys = .ring()) async throws -> Fixture {
        let fixture = Fixture(keys: keys)
        _ = try await fixture.objects.createBucket(fixture.bucket, context: fixture.alice)
        return fixture
    }

    /// The same ledger and blobs after a restart with other keys.
    func restarted(_ keys: EncryptionKeys) -> Objects {
        Objects(ledger: ledger, blobs: blobs, random: SimRandom(seed: 5), region: .usEast1, keys: keys)
    }

    @discardableResult
    func put(_ key: String, _ bytes: [UInt8], _ choice: EncryptionChoice) async throws -> Committed<ObjectInfo> {
        let name = ObjectKey(key)!
        let intake = objects.intake(expectedLength: Int64(bytes.count), seal: try await objects.seal(choice, of: bucket, name))
        var start = 0
        while start < bytes.count {
            let end = min(start + 100_000, bytes.count)
            try await intake.write(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return try await objects.put(PutRequest(bucket: bucket, key: name, payload: try await intake.finish(), context: alice))
    }

    func get(
        _ key: String, _ range: Range<Int64>? = nil, customerKey: CustomerKey? = nil, from objects: Objects? = nil
    ) async throws -> [UInt8] {
        let (_, reader) = try await (objects ?? self.objects).open(bucket, ObjectKey(key)!, customerKey: customerKey) {
            object throws(ObjectsError) in range ?? 0..<object.info.size
        }
        return try await Self.all(try #require(reader))
    }
}

extension CustomerKey {
    static func filled(_ fill: UInt8) -> CustomerKey { CustomerKey(bytes: [UInt8](repeating: fill, count: 32))! }
}
