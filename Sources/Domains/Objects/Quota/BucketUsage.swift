import Bytes
import Model
import StoragePorts

/// What a bucket with a quota holds, kept by the commits that change it. Its value in the ledger, big-endian:
///
///      0   1  1 while the bucket is being counted, else 0
///      1   8  the LSN of the commit that began the count
///      9   8  bytes, signed
///     17   8  objects, signed
///
/// While it is being counted it holds only what changed since the count began. The count is a walk over one snapshot: what the walk
/// finds less what this record says in that same snapshot is what the bucket held at the beginning, which is then added. So writing
/// goes on meanwhile, and a walk that was cut short is simply done again.
struct BucketUsage: Equatable, Sendable {
    private static let byteCount = 25

    var isCounting: Bool
    let began: LSN
    var amount: BucketAmount

    init(countingFrom began: LSN) {
        isCounting = true
        self.began = began
        amount = BucketAmount()
    }

    /// Of a bucket that is made with a quota: nothing need be counted.
    init(ofNew lsn: LSN) {
        self.init(countingFrom: lsn)
        isCounting = false
    }

    init(_ value: [UInt8]) throws {
        guard value.count == Self.byteCount, value[0] <= 1 else { throw LedgerError.damaged("usage of a bucket") }
        func number(_ offset: Int) -> UInt64 { value[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        isCounting = value[0] == 1
        began = LSN(number(1))
        amount = BucketAmount(bytes: Int64(bitPattern: number(9)), objects: Int64(bitPattern: number(17)))
    }

    var encoded: [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.byteCount)
        writer.uint8(isCounting ? 1 : 0)
        writer.uint64BigEndian(began.rawValue)
        writer.uint64BigEndian(UInt64(bitPattern: amount.bytes))
        writer.uint64BigEndian(UInt64(bitPattern: amount.objects))
        return writer.bytes
    }
}

extension BucketState {
    /// Notes in this commit that the bucket holds more. Costs nothing without a quota. Throws `.quotaExceeded`: then the whole commit is
    /// refused. Note what makes room first.
    func holdsMore(_ amount: @autoclosure () throws -> BucketAmount, _ transaction: Transaction) throws {
        guard let quota else { return }
        let more = try amount()
        guard more != BucketAmount() else { return }
        let usage = try change(by: more, transaction)
        let grows = more.bytes > 0 || more.objects > 0
        if grows, !usage.isCounting, !quota.permits(usage.amount) { throw ObjectsError.quotaExceeded(bucket.name) }
    }

    /// Notes in this commit that the bucket holds less. Never refused.
    func holdsLess(_ amount: @autoclosure () throws -> BucketAmount, _ transaction: Transaction) throws {
        guard quota != nil else { return }
        let less = try amount()
        if less != BucketAmount() { _ = try change(by: BucketAmount() - less, transaction) }
    }

    private func change(by difference: BucketAmount, _ transaction: Transaction) throws -> BucketUsage {
        let key = ObjectKeys.usage(instance)
        guard var usage = try transaction.get(key).map({ try BucketUsage($0) }) else {
            throw LedgerError.damaged("usage of bucket \(bucket.name)")
        }
        usage.amount = usage.amount + difference
        transaction.put(key, usage.encoded)
        return usage
    }
}
