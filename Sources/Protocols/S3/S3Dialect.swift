/// Where S3 as AWS has it and S3 as Ceph has it differ, and clients made for one rely on it. docs/ceph.md lists every difference.
package enum S3Dialect: String, Sendable, CaseIterable {
    case aws
    /// Nothing that AWS's dialect keeps safe is less safe here, but for what a new bucket begins with.
    case ceph
}
