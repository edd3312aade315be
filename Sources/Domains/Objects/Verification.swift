import Model
import StoragePorts

extension Objects {
    /// The extents that a ledger entry of this domain names, for `roost verify`; empty for every other entry. Throws
    /// `LedgerError.damaged` for a value that cannot be read.
    package static func extents(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) throws -> [Extent] {
        guard let tag = key.first, tag == ObjectKeys.objectTag || tag == ObjectKeys.versionTag || tag == ObjectKeys.partTag
        else { return [] }
        guard case .extent(let extent) = try StoredHeader(value).layout else { return [] }
        return [extent]
    }
}
