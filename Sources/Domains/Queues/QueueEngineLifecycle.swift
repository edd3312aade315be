import Model
import StoragePorts

/// Making, changing and removing queues.
extension QueueEngine {
    /// Makes a queue, or finds the one that stands with the same attributes. Tags of an existing queue are left as they are.
    func create(
        _ address: QueueAddress, _ changes: QueueAttributeChanges, tags: [(key: String, value: String)], in transaction: Transaction
    ) throws {
        if let record = try find(address, in: transaction) {
            if let name = changes.applied(to: record.attributes).firstDifference(from: record.attributes) {
                throw QueueError.queueNameExists(attribute: name)
            }
            return
        }
        var attributes = QueueAttributes()
        attributes.isEncrypted = sealing.isDefault
        attributes = changes.applied(to: attributes)
        try checkRedrive(of: address, attributes.redrive, in: transaction)
        let record = QueueRecord(incarnation: transaction.lsn.rawValue, created: transaction.now, attributes: attributes, tags: tags)
        transaction.put(QueueKeys.queue(address), try keyed(record, in: transaction).bytes())
    }

    func setAttributes(_ address: QueueAddress, _ changes: QueueAttributeChanges, in transaction: Transaction) throws {
        var record = try require(address, in: transaction)
        let attributes = changes.applied(to: record.attributes)
        if attributes.redrive != record.attributes.redrive { try checkRedrive(of: address, attributes.redrive, in: transaction) }
        record.attributes = attributes
        record.modified = transaction.now
        transaction.put(QueueKeys.queue(address), try keyed(record, in: transaction).bytes())
    }

    /// Puts what `change` makes of the queue's policy in its place.
    func changePolicy(_ address: QueueAddress, _ change: (String?) throws -> String?, in transaction: Transaction) throws {
        var changes = QueueAttributeChanges()
        changes.policy = .some(try change(try require(address, in: transaction).attributes.policy))
        try changes.validate()
        try setAttributes(address, changes, in: transaction)
    }

    /// Returns the space that is garbage now; tell the memory once the commit is done.
    func delete(_ address: QueueAddress, in transaction: Transaction) throws -> UInt64 {
        let record = try require(address, in: transaction)
        transaction.delete(QueueKeys.queue(address))
        discard(record.space, in: transaction)
        try discardMoves(of: record.incarnation, in: transaction)
        return record.space
    }

    /// Gives the queue a new space; the old one and all its messages, in flight or not, are garbage. Returns the old one.
    /// Throws `.purgeInProgress` soon after another purge.
    func purge(_ address: QueueAddress, in transaction: Transaction) throws -> UInt64 {
        var record = try require(address, in: transaction)
        if let purged = record.purged {
            let passed = transaction.now.milliseconds - purged.milliseconds
            guard passed >= Int64(QueueLimits.purgePauseSeconds) * 1000 else {
                throw QueueError.purgeInProgress(address.name)
            }
        }
        let old = record.space
        record.purged = transaction.now
        record.space = transaction.lsn.rawValue
        transaction.put(QueueKeys.queue(address), try record.bytes())
        discard(old, in: transaction)
        return old
    }

    private func discard(_ space: UInt64, in transaction: Transaction) {
        transaction.delete(QueueKeys.count(space))
        transaction.put(QueueKeys.garbage(space), [])
    }

    func changeTags(
        _ address: QueueAddress, adding added: [(key: String, value: String)], removing removed: [String], in transaction: Transaction
    ) throws {
        var record = try require(address, in: transaction)
        record.tags.removeAll { tag in removed.contains(tag.key) || added.contains { $0.key == tag.key } }
        record.tags += added
        guard record.tags.count <= QueueLimits.tagsMax else {
            throw QueueError.invalidParameter("Too many tags added for queue \(address.name).")
        }
        transaction.put(QueueKeys.queue(address), try record.bytes())
    }

    /// ARNs of other partitions name the same queues.
    private func allows(_ allow: RedriveAllowPolicy, _ source: QueueAddress) -> Bool {
        switch allow {
        case .allowAll: true
        case .denyAll: false
        case .byQueue(let sources): sources.contains { address(of: $0) == source }
        }
    }

    private func checkRedrive(of address: QueueAddress, _ redrive: RedrivePolicy?, in transaction: Transaction) throws {
        guard let redrive else { return }
        func refuse(_ reason: String) -> QueueError {
            .invalidRedrivePolicy(redrive.deadLetter.description, reason)
        }
        guard let target = self.address(of: redrive.deadLetter), target.account == address.account, target.region == address.region else {
            throw refuse("Dead letter target must be a queue of this account and region.")
        }
        guard let record = try find(target, in: transaction) else { throw refuse("Dead letter target does not exist.") }
        if let allow = record.attributes.redriveAllow, !allows(allow, address) {
            throw refuse("Dead letter target does not allow this source queue.")
        }
    }
}
