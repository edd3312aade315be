/// An Amazon Resource Name, `arn:partition:service:region:account:resource`. The resource may hold colons.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
package struct ARN: Hashable, Sendable, CustomStringConvertible {
    package let partition: String
    package let service: String
    package let region: String
    package let account: String
    package let resource: String

    package init(partition: String = "aws", service: String, region: String, account: String, resource: String) {
        self.partition = partition
        self.service = service
        self.region = region
        self.account = account
        self.resource = resource
    }

    /// Nil when there are fewer than six parts, the first is not `arn`, or service or resource is empty.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", !parts[2].isEmpty, !parts[5].isEmpty else { return nil }
        self.init(partition: parts[1], service: parts[2], region: parts[3], account: parts[4], resource: parts[5])
    }

    package var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }
}
