import HTTPTypes

/// One look at all headers before an operation runs: which groups of them are there, and whether one of them asks for what
/// Roost does not have. An operation whose group is absent then looks nothing up, which keeps a plain GET cheap.
struct HeaderSurvey: Sendable {
    struct Groups: OptionSet, Sendable {
        let rawValue: UInt16
        /// `If-*` on the object itself.
        static let conditions = Groups(rawValue: 1)
        static let metadata = Groups(rawValue: 2)
        static let copySource = Groups(rawValue: 4)
        static let checksum = Groups(rawValue: 8)
        static let expectedOwner = Groups(rawValue: 16)
        static let wait = Groups(rawValue: 32)
        static let range = Groups(rawValue: 64)
        static let asOf = Groups(rawValue: 128)
        static let lock = Groups(rawValue: 256)
        static let tagging = Groups(rawValue: 512)
        /// `x-amz-acl` and `x-amz-grant-*`.
        static let acl = Groups(rawValue: 1024)
        static let payer = Groups(rawValue: 2048)
        static let append = Groups(rawValue: 4096)
        static let encryption = Groups(rawValue: 8192)
        /// The body is an archive to be unpacked.
        static let archive = Groups(rawValue: 16384)
    }

    let groups: Groups

    /// Throws `NotImplemented` naming the header, or `InvalidArgument` for a canned ACL that S3 has not either.
    init(_ headers: HTTPFields) throws(S3Error) {
        var groups: Groups = []
        for field in headers {
            let name = field.name.canonicalName
            if name.hasPrefix("x-amz-") {
                groups.formUnion(Self.amazonGroup(name))
                if let isHarmless = Self.unsupported[name], !isHarmless(field.value) { throw .notImplemented(header: name) }
                if name == "x-amz-acl" { _ = try GrantHeaders.canned(field.value) }
            } else if name.hasPrefix("if-") {
                groups.insert(.conditions)
            } else if name == "range" {
                groups.insert(.range)
            } else if name.hasPrefix("x-roost-wait-") {
                groups.insert(.wait)
            } else if name == "x-roost-as-of" {
                groups.insert(.asOf)
            }
        }
        self.groups = groups
    }

    private static func amazonGroup(_ name: String) -> Groups {
        if name.hasPrefix("x-amz-meta-") { return name == UnpackArchive.header ? [.metadata, .archive] : .metadata }
        if name.hasPrefix("x-amz-server-side-encryption") { return .encryption }
        if name.hasPrefix("x-amz-copy-source") {
            return name.hasPrefix("x-amz-copy-source-server-side-encryption") ? [.copySource, .encryption] : .copySource
        }
        if name.hasPrefix("x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm" || name == "x-amz-trailer" { return .checksum }
        if name.hasPrefix("x-amz-object-lock-") { return .lock }
        if name == "x-amz-expected-bucket-owner" { return .expectedOwner }
        if name == "x-amz-tagging" { return .tagging }
        if name == "x-amz-acl" || name.hasPrefix("x-amz-grant-") { return .acl }
        if name == "x-amz-request-payer" { return .payer }
        if name == "x-amz-write-offset-bytes" { return .append }
        return []
    }

    /// Headers that ask for something Roost lacks, and the values of each that ask for nothing beyond what is so anyway.
    private static let unsupported: [String: @Sendable (String) -> Bool] = [
        "x-amz-mfa": { _ in false },
        "x-amz-create-session-mode": { _ in false },
    ]
}
