import Model

/// The value of an `If-Match` or `If-None-Match`.
package enum ETagMatch: Hashable, Sendable {
    /// `*`
    case any
    case oneOf([ETag])

    package func matches(_ etag: ETag) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let tags): tags.contains(etag)
        }
    }
}

/// What must hold of the key's present object for a write to happen. A missing object with `ifMatch` is `.noSuchKey`.
package struct WriteCondition: Hashable, Sendable {
    package var ifMatch: ETagMatch?
    package var ifNoneMatch: ETagMatch?

    package init(ifMatch: ETagMatch? = nil, ifNoneMatch: ETagMatch? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    package static let none = WriteCondition()
}

/// What must hold of an object for its deletion to happen. Any condition on a missing object is `.noSuchKey`.
package struct DeleteCondition: Hashable, Sendable {
    package var ifMatch: ETagMatch?
    /// Bytes.
    package var size: Int64?
    /// Compared in whole seconds.
    package var lastModified: Timestamp?

    package init(ifMatch: ETagMatch? = nil, size: Int64? = nil, lastModified: Timestamp? = nil) {
        self.ifMatch = ifMatch
        self.size = size
        self.lastModified = lastModified
    }

    package static let none = DeleteCondition()
}

/// The conditions of a read, or of a copy on its source (RFC 9110, section 13). Times are compared in whole seconds.
package struct ReadConditions: Hashable, Sendable {
    package var ifMatch: ETagMatch?
    package var ifNoneMatch: ETagMatch?
    package var ifModifiedSince: Timestamp?
    package var ifUnmodifiedSince: Timestamp?

    package init(
        ifMatch: ETagMatch? = nil, ifNoneMatch: ETagMatch? = nil, ifModifiedSince: Timestamp? = nil, ifUnmodifiedSince: Timestamp? = nil
    ) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.ifModifiedSince = ifModifiedSince
        self.ifUnmodifiedSince = ifUnmodifiedSince
    }

    package static let none = ReadConditions()

    /// The first condition that fails, in RFC 9110's order; nil when all hold. For a read, `.ifNoneMatch` and
    /// `.ifModifiedSince` mean 304, the others 412.
    package func failure(etag: ETag, lastModified: Timestamp) -> ObjectsError.Condition? {
        if let ifMatch {
            if !ifMatch.matches(etag) { return .ifMatch }
        } else if let ifUnmodifiedSince, lastModified.seconds > ifUnmodifiedSince.seconds {
            return .ifUnmodifiedSince
        }
        if let ifNoneMatch {
            if ifNoneMatch.matches(etag) { return .ifNoneMatch }
        } else if let ifModifiedSince, lastModified.seconds <= ifModifiedSince.seconds {
            return .ifModifiedSince
        }
        return nil
    }
}
