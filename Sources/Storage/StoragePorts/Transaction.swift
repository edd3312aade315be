import Model

/// What an implementation of `Ledger` lends to a transaction. Synchronous; runs on the ledger's thread.
package protocol TransactionBacking: AnyObject {
    /// The durable state below the overlay. May block.
    var base: any KeyValueReader { get }
    /// Reserves space in the pack of this batch and returns where the payload will lie.
    func stage(_ payload: SmallPayload) throws -> Extent
    /// What domains registered for facts of `kind`, in order of registration.
    func reactions(to kind: Fact.Kind) -> [Reaction]
}

/// One closure's view and changes. Reads see its own writes, then those of earlier commits of the same batch, then the
/// durable state. Not thread-safe; never kept beyond the closure.
package final class Transaction: KeyValueReader {
    /// The position that this commit's record will have.
    package let lsn: LSN
    /// The commit's time; never before that of an earlier commit.
    package let now: Timestamp
    /// What the clock says: before `now` after the clock was set back. What may happen only after a time is held against this one, so that a
    /// clock that once ran ahead makes nothing due for good.
    package let clock: Timestamp

    /// What the record will say, in the order in which it was done.
    package private(set) var facts: [Fact] = []
    /// Payloads that travel with this commit.
    package private(set) var staged: [Extent] = []
    package private(set) var writes: [(key: [UInt8], value: [UInt8]?)] = []

    private let overlay: Overlay
    private let backing: any TransactionBacking
    private let undoMark: Int

    package init(lsn: LSN, now: Timestamp, clock: Timestamp, overlay: Overlay, backing: any TransactionBacking) {
        self.lsn = lsn
        self.now = now
        self.clock = clock
        self.overlay = overlay
        self.backing = backing
        self.undoMark = overlay.mark()
    }

    package var isEmpty: Bool { writes.isEmpty && facts.isEmpty }

    package func get(_ key: [UInt8]) throws -> [UInt8]? {
        if let change = overlay.change(of: key) { return change.value }
        return try backing.base.get(key)
    }

    package func lastChange(ofTag tag: UInt8) -> LSN? {
        overlay.mayChange(tag: tag) ? nil : backing.base.lastChange(ofTag: tag)
    }

    package func put(_ key: [UInt8], _ value: [UInt8]) {
        overlay.set(key, value)
        writes.append((key, value))
    }

    package func delete(_ key: [UInt8]) {
        overlay.set(key, nil)
        writes.append((key, nil))
    }

    package func scan(
        _ range: KeyRange, _ direction: ScanDirection = .forward,
        _ visit: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> ScanStep
    ) throws {
        try overlay.scan(range, direction, over: backing.base, visit)
    }

    /// Emits a fact and runs the reactions to it, inside this commit.
    package func emit(_ fact: Fact) throws {
        facts.append(fact)
        try signal(fact)
    }

    /// Runs the reactions to a fact that the record does not keep: for one whose reactions write all that it says.
    package func signal(_ fact: Fact) throws {
        for reaction in backing.reactions(to: fact.kind) {
            try reaction.run(self, fact)
        }
    }

    /// Puts a small payload into this commit; its extent is live once the commit is durable.
    package func stage(_ payload: SmallPayload) throws -> Extent {
        let extent = try backing.stage(payload)
        staged.append(extent)
        return extent
    }

    /// Names a written file's extent in this commit, once more for each further record that shares it (a copy). Packed extents
    /// need no adoption and cannot be shared.
    package func adopt(_ extent: Extent) throws {
        guard extent.kind == .file else { return }
        let key = StorageKeys.fileReferences(extent.container)
        let count = try get(key).map(StorageKeys.decodeCount) ?? 0
        put(key, StorageKeys.encodeCount(count + 1))
    }

    /// Gives up one naming of the extent: its bytes may be swept once nothing names it and no reader holds it.
    package func release(_ extent: Extent) throws {
        switch extent.kind {
        case .pack:
            put(StorageKeys.deadPacked(extent.container, extent.offset), StorageKeys.encodeCount(extent.length))
        case .file:
            let key = StorageKeys.fileReferences(extent.container)
            let count = try get(key).map(StorageKeys.decodeCount) ?? 0
            precondition(count > 0, "a file's extent is released as often as it was adopted")
            if count > 1 {
                put(key, StorageKeys.encodeCount(count - 1))
            } else {
                delete(key)
                put(StorageKeys.deadFile(extent.container), StorageKeys.encodeCount(extent.length))
            }
        }
    }

    /// Takes back every change of this transaction. The implementation calls it when the closure threw.
    package func rollBack() {
        overlay.undo(to: undoMark)
        writes.removeAll()
        facts.removeAll()
        staged.removeAll()
    }
}
