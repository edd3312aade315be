import NIOCore

/// The service that a request is meant for, by its name in credential scopes: `s3`, `sqs`, `sns`, `iam`, `sts`, ...
package enum ServiceClassifier {
    /// From the scope of the signature (header or query), else from `X-Amz-Target`, else from `Action` in the query, else `s3`.
    /// Nil: an unsigned form POST to `/`; read its body and ask `classify(form:)`.
    package static func classify(_ request: WireRequest) -> String? { fatalError() }

    /// From `Version` and `Action` of a form body; nil when it is no known service's.
    package static func classify(form: QueryForm) -> String? { fatalError() }
}
