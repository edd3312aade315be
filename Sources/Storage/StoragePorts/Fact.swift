import Model

/// A domain event inside a commit: audit entry, feed entry and trigger of reactions at once.
package struct Fact: Sendable, Hashable {
    /// Which message `payload` holds. Numbers are frozen (docs/FORMAT.md); never reuse one.
    package struct Kind: RawRepresentable, Sendable, Hashable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
    }

    package let kind: Kind
    /// The protobuf message that the kind names.
    package let payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }
}

/// One commit as consumers of the feed see it.
package struct CommittedRecord: Sendable, Hashable {
    package let lsn: LSN
    package let time: Timestamp
    package let facts: [Fact]

    package init(lsn: LSN, time: Timestamp, facts: [Fact]) {
        self.lsn = lsn
        self.time = time
        self.facts = facts
    }
}

/// What a domain does in the same commit when a fact of `kind` is emitted. Runs on the ledger's thread; must not block;
/// a throw aborts the whole commit.
package struct Reaction: Sendable {
    package let kind: Fact.Kind
    package let run: @Sendable (Transaction, Fact) throws -> Void

    package init(to kind: Fact.Kind, _ run: @escaping @Sendable (Transaction, Fact) throws -> Void) {
        self.kind = kind
        self.run = run
    }
}
