import HTTPTypes
import Model
import Objects
import StoragePorts

/// What any request may ask for before its operation runs.
extension S3Call {
    /// `x-roost-wait-lsn: N`: goes on once commit N can be read. Throws `InvalidArgument`, or `SlowDown` when the time is up.
    func waitForPosition() async throws(S3Error) {
        guard let text = headers[.roostWaitLSN] else { return }
        guard let position = UInt64(text) else {
            throw .invalidArgument("x-roost-wait-lsn must be a position: a decimal number", name: "x-roost-wait-lsn", value: text)
        }
        let lsn = LSN(position)
        if door.ledger.applied >= lsn { return }
        guard await door.ledger.waitUntilApplied(lsn, timeout: try waitTimeout()) else {
            throw .positionNotReached(lsn, applied: door.ledger.applied)
        }
    }

    private func waitTimeout() throws(S3Error) -> Duration {
        guard let text = headers[.roostWaitTimeout] else { return S3Limits.waitTimeoutMax }
        guard let milliseconds = UInt32(text) else {
            throw .invalidArgument(
                "x-roost-wait-timeout must be a number of milliseconds", name: "x-roost-wait-timeout", value: text)
        }
        return min(.milliseconds(Int64(milliseconds)), S3Limits.waitTimeoutMax)
    }

    /// `x-amz-expected-bucket-owner`. A bucket that is not there yet has no owner to differ. Throws `AccessDenied`.
    func checkExpectedOwner() async throws {
        guard let text = headers[.amzExpectedBucketOwner], target.bucket != nil, operation != .createBucket else { return }
        try await checkOwner(of: bucket(), is: text)
    }

    /// AWS expects an account's number. Where Ceph's habits hold it may also be a canonical id, which is what a user's name is there.
    func checkOwner(of bucket: BucketName, is text: String) async throws {
        let account = AccountID(text)
        let takesCanonicalID = door.configuration.dialect == .ceph
        guard account != nil || takesCanonicalID else { throw S3Error.invalidExpectedOwner(text) }
        let owner = try await objects.bucket(bucket).owner
        guard owner.account == account || (takesCanonicalID && owner.canonicalID == text) else { throw S3Error.accessDenied }
    }
}
