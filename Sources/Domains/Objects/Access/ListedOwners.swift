import Model
import StoragePorts

/// Whose the objects of a listing are, where that is not the bucket's owner. Costs a look at each object's details only where owners are
/// asked for and lists of grants count; elsewhere all is the bucket owner's.
struct ListedOwners {
    private let isAsked: Bool
    /// By the object's place on the page.
    private(set) var byPlace: [Int: Owner] = [:]

    init(of state: BucketState, isAsked: Bool) throws {
        self.isAsked = isAsked ? try !state.access().hasListsDisabled : false
    }

    mutating func note(_ value: UnsafeRawBufferPointer, at place: Int) throws {
        if let owner = try owner(value) { byPlace[place] = owner }
    }

    /// `value` is a version's as it lies in the ledger.
    func owner(_ value: UnsafeRawBufferPointer) throws -> Owner? {
        guard isAsked, value.count > StoredHeader.byteCount else { return nil }
        let details = try PBObjectDetails(afterHeaderOf: Array(value))
        return details.hasOwner ? try Owner(details.owner) : nil
    }
}
