/// A policy, compiled: immutable, safe on any thread, decided without allocating.
package struct PolicyDocument: Sendable {
    package let version: PolicyVersion
    package let id: String?
    /// At least one.
    package let statements: [PolicyStatement]

    /// Compiles a text. Every fault of the text is a `PolicyError`; what `rules` refuse is one too.
    package init(parsing text: some Collection<UInt8>, rules: some PolicyRules) throws(PolicyError) {
        throw .invalidJSON
    }

    /// What the policy says to a request.
    package func evaluate<Context: PolicyContext>(_ request: PolicyRequest, _ context: borrowing Context) -> PolicyOutcome {
        .noMatch
    }

    /// Whether the policy gives anything to everybody, as GetBucketPolicyStatus and Block Public Access mean it.
    package var isPublic: Bool { false }
}

package enum PolicyVersion: String, Sendable {
    case v2008 = "2008-10-17"
    /// The version that knows variables.
    case v2012 = "2012-10-17"
}
