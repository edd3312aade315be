import Model

/// A bucket's lifecycle: what is to end by itself, and when. As the client gave it; `problem` says what AWS would refuse of it.
package struct Lifecycle: Hashable, Sendable {
    package var rules: [LifecycleRule]
    /// Which objects are too small to be moved to another class.
    package var minimumSize: MinimumTransitionSize

    package init(rules: [LifecycleRule], minimumSize: MinimumTransitionSize = .all128K) {
        self.rules = rules
        self.minimumSize = minimumSize
    }
}

/// The values of `x-amz-transition-default-minimum-object-size`.
package enum MinimumTransitionSize: String, Sendable {
    case all128K = "all_storage_classes_128K"
    case variesByStorageClass = "varies_by_storage_class"
}

package struct LifecycleRule: Hashable, Sendable {
    package var id: String
    package var isEnabled: Bool
    package var filter: LifecycleFilter
    package var expiration: Expiration?
    package var noncurrentExpiration: NoncurrentExpiration?
    /// Days after which an upload that was not completed is aborted.
    package var abortDays: Int32?
    /// Kept and shown; no other tier exists yet, so nothing moves.
    package var transitions: [LifecycleTransition]
    package var noncurrentTransitions: [LifecycleTransition]

    package enum Expiration: Hashable, Sendable {
        /// After the version's last modification.
        case days(Int32)
        /// At midnight UTC.
        case date(Timestamp)
        /// A delete marker that hides nothing any more.
        case expiredMarkers(Bool)
    }

    package struct NoncurrentExpiration: Hashable, Sendable {
        /// After a newer version took its place.
        package var days: Int32
        /// So many older versions stay, the newest ones; nil: none.
        package var kept: Int32?

        package init(days: Int32, kept: Int32?) {
            self.days = days
            self.kept = kept
        }
    }

    package init(
        id: String, isEnabled: Bool, filter: LifecycleFilter, expiration: Expiration? = nil,
        noncurrentExpiration: NoncurrentExpiration? = nil, abortDays: Int32? = nil, transitions: [LifecycleTransition] = [],
        noncurrentTransitions: [LifecycleTransition] = []
    ) {
        self.id = id
        self.isEnabled = isEnabled
        self.filter = filter
        self.expiration = expiration
        self.noncurrentExpiration = noncurrentExpiration
        self.abortDays = abortDays
        self.transitions = transitions
        self.noncurrentTransitions = noncurrentTransitions
    }
}

/// Which objects a rule speaks of: those that meet all of it.
package struct LifecycleFilter: Hashable, Sendable {
    /// How the client wrote it, to be given back the same way.
    package enum Form: Hashable, Sendable {
        /// `<Prefix>` in the rule itself.
        case legacyPrefix
        /// `<Filter>` with at most one part.
        case single
        /// `<Filter><And>`.
        case conjunction
    }

    package var form: Form
    package var prefix: String?
    package var tags: [Tag]
    /// Bytes; neither bound is met by an object of just that size.
    package var sizeAbove: Int64?
    package var sizeBelow: Int64?

    package init(form: Form, prefix: String? = nil, tags: [Tag] = [], sizeAbove: Int64? = nil, sizeBelow: Int64? = nil) {
        self.form = form
        self.prefix = prefix
        self.tags = tags
        self.sizeAbove = sizeAbove
        self.sizeBelow = sizeBelow
    }

    var needsTags: Bool { !tags.isEmpty }

    /// `tags` is asked only when the filter names any.
    func matches(key: some RandomAccessCollection<UInt8>, size: Int64, tags present: () throws -> [Tag]) rethrows -> Bool {
        if let prefix, !key.starts(with: prefix.utf8) { return false }
        if let sizeAbove, size <= sizeAbove { return false }
        if let sizeBelow, size >= sizeBelow { return false }
        guard needsTags else { return true }
        let present = try present()
        return tags.allSatisfy(present.contains)
    }
}

package struct LifecycleTransition: Hashable, Sendable {
    package enum Moment: Hashable, Sendable {
        case days(Int32)
        case date(Timestamp)
    }

    package var moment: Moment
    package var storageClass: StorageClass
    /// For older versions: so many of them stay where they are.
    package var kept: Int32?

    package init(moment: Moment, storageClass: StorageClass, kept: Int32? = nil) {
        self.moment = moment
        self.storageClass = storageClass
        self.kept = kept
    }
}
