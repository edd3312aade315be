import Model
import Objects

/// What the composition root decides for the S3 door.
package struct S3Configuration: Sendable {
    /// Host names below which buckets are host names themselves (`bucket.localhost`), lower case, without a port.
    package var baseDomains: [String]
    /// Host names below which buckets are websites (`bucket.s3-website.localhost`), lower case, without a port.
    package var websiteDomains: [String]
    /// Names under which signatures are valid besides the `Host` that arrives: a proxy in front rewrites it.
    package var additionalHosts: [String]
    /// What `x-amz-id-2` of each answer is made of.
    private let hostIDs: HostIDs
    /// Why this queue cannot take a bucket's events; nil when it can. Asked before a notification configuration is stored.
    package var validateQueueTarget: @Sendable (ARN) async -> QueueTargetProblem?
    /// Whether an endpoint is declared for this function. Asked before a notification configuration is stored.
    package var isFunctionDeclared: @Sendable (ARN) -> Bool
    /// Asks a function whether an object may come in.
    package var ask: @Sendable (AdmissionQuestion, AdmissionSubject) async -> AdmissionAnswer
    /// Whose habits hold where AWS and Ceph differ.
    package var dialect: S3Dialect
    /// Takes each refusal of access, for the log.
    package var denied: @Sendable (AccessRefusal) -> Void
    /// A customer's key is refused on a connection in the clear, as AWS refuses it.
    package var requiresTLSForCustomerKeys: Bool
    /// Takes what went wrong inside, for the log: a client only sees `InternalError`.
    package var report: @Sendable (RequestID, String) -> Void

    /// `hostID` names this server.
    package init(
        baseDomains: [String] = ["localhost"], websiteDomains: [String] = [], additionalHosts: [String] = [], hostID: String,
        dialect: S3Dialect = .aws,
        validateQueueTarget: @escaping @Sendable (ARN) async -> QueueTargetProblem?,
        isFunctionDeclared: @escaping @Sendable (ARN) -> Bool = { _ in false },
        ask: @escaping @Sendable (AdmissionQuestion, AdmissionSubject) async -> AdmissionAnswer = { _, _ in
            .unanswered("it is not declared")
        },
        denied: @escaping @Sendable (AccessRefusal) -> Void = { _ in },
        requiresTLSForCustomerKeys: Bool = false,
        report: @escaping @Sendable (RequestID, String) -> Void = { _, _ in }
    ) {
        self.baseDomains = baseDomains
        self.websiteDomains = websiteDomains
        self.additionalHosts = additionalHosts
        hostIDs = HostIDs(server: hostID)
        self.validateQueueTarget = validateQueueTarget
        self.dialect = dialect
        self.denied = denied
        self.isFunctionDeclared = isFunctionDeclared
        self.ask = ask
        self.requiresTLSForCustomerKeys = requiresTLSForCustomerKeys
        self.report = report
    }

    /// The `x-amz-id-2` of the answer to this request.
    func hostID(of request: RequestID) -> String { hostIDs.text(of: request) }
}

/// Why a queue cannot be the target of a bucket's notifications.
package enum QueueTargetProblem: Sendable, Hashable {
    case doesNotExist
    case isFIFO
    case notPermitted
}

/// S3's limits on requests, as AWS documents them. Those on objects are in `ObjectsLimits`.
package enum S3Limits {
    /// Names and values of `x-amz-meta-*` together. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    package static let metadataBytesMax = 2048
    /// The largest configuration document read into memory.
    static let configurationBytesMax = 1 << 20
    /// 1,000 keys of 1,024 bytes, each byte of which may come as a character reference.
    static let deleteBytesMax = 8 << 20
    /// 10,000 parts with their ETags and checksums.
    static let completeBytesMax = 4 << 20
    /// An answered request's unread body up to this size is read and thrown away, so that the connection can stay.
    static let discardBytesMax = 256 << 10
    /// Bodies up to this size are taken without asking for memory.
    static let unreservedBytesMax = 16 << 10
    /// What a document takes while it is worked on, for each of its bytes: as it came, its tree, and what is made of it.
    static let documentMemoryFactor = 4
    /// What an entry of a listing takes at most, as it is found and as it is written: a key of 1,024 bytes, each as `%XX`.
    static let entryMemoryBytes = 6 << 10
    /// A piece of a streamed answer, where there is memory for it.
    static let pieceBytes = 256 << 10
    /// Objects up to this size are answered in one piece.
    static let wholeAnswerBytesMax = 64 << 10
    /// Source: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html (8,192 characters).
    static let encryptionContextBytesMax = 8_192
    static let waitTimeoutMax: Duration = .seconds(30)
}
