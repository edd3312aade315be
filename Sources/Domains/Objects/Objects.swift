import Environment
import Hashing
import Model
import StoragePorts

/// The rules of buckets and objects, as layouts of ledger keys and the closures that change them. Doors decode,
/// authorise, call one method here and encode what it returns.
///
/// Every changing method returns after its commit is synced to disk, with the commit's LSN; when it throws, nothing
/// changed, except where the error is `.ledger(.poisoned)`. All methods may be called from any task at once.
package final class Objects: Sendable {
    let ledger: any Ledger
    let blobs: any Blobs
    let random: any RandomSource
    /// The region that this server is.
    package let region: Region
    let buckets = BucketCache()
    /// Nil for one that encrypts nothing.
    let keys: EncryptionKeys?
    let hashers: Hashers

    package init(
        ledger: any Ledger, blobs: any Blobs, random: any RandomSource, region: Region, keys: EncryptionKeys? = nil,
        hashers: Hashers = .inline()
    ) {
        self.ledger = ledger
        self.blobs = blobs
        self.random = random
        self.region = region
        self.keys = keys
        self.hashers = hashers
    }

    /// An id for a rule of a bucket's settings whose client gave it none.
    package func makeRuleID() -> String { UploadID(lsn: random.next(), random: random.next()).description }

    /// Starts receiving one payload. `digests` are what must be known at its end besides the MD5;
    /// `expectedLength` is the declared length in bytes, where there is one; `seal` says how it is kept; a frugal
    /// intake takes the least of `PayloadIntake.memoryBytes`.
    package func intake(
        digests: Set<ChecksumAlgorithm> = [], expectedLength: Int64? = nil, seal: PayloadSeal, isFrugal: Bool = false
    ) -> PayloadIntake {
        PayloadIntake(
            blobs: blobs, md5: makeMD5(), digests: digests, expectedLength: expectedLength, seal: seal, isFrugal: isFrugal)
    }

    /// The MD5 of a payload that is read for other ends than to be kept.
    package func makeMD5() -> PayloadMD5 { PayloadMD5(hashers) }
}
