import Model

/// What a listing of versions asks for.
package struct VersionListQuery: Hashable, Sendable {
    /// `after` is the key marker.
    package var keys: ListQuery
    /// With a key marker: versions of that very key which are older than this one are shown too.
    package var afterVersion: VersionID?

    package init(keys: ListQuery = ListQuery(), afterVersion: VersionID? = nil) {
        self.keys = keys
        self.afterVersion = afterVersion
    }
}

/// A version or delete marker as listings show it.
package struct VersionEntry: Hashable, Sendable {
    /// What it shows as an object; of a delete marker only key and time mean something.
    package let object: ListEntry
    package let version: VersionID
    /// The commit that made it.
    package let lsn: LSN
    package let isLatest: Bool
    package let isDeleteMarker: Bool
    /// Nil: the bucket's.
    package var owner: Owner?

    package var key: ObjectKey { object.key }
}

/// One page of versions, in the order of their keys, the newest of each first. Entries and common prefixes together are at most
/// `countMax`.
package struct VersionPage: Hashable, Sendable {
    package let bucket: Bucket
    package let entries: [VersionEntry]
    package let commonPrefixes: [[UInt8]]
    /// The position to continue after, when there is more: a key with a version, or a common prefix without.
    package let next: Position?

    package struct Position: Hashable, Sendable {
        package let key: [UInt8]
        package let version: VersionID?

        package init(key: [UInt8], version: VersionID?) {
            self.key = key
            self.version = version
        }
    }

    package var isTruncated: Bool { next != nil }
}
