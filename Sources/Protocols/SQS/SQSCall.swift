import AWSWire
import Doors
import Identity
import Model
import Queues

/// One proven request on its way through an operation.
struct SQSCall {
    let door: SQSDoor
    let request: DoorRequest
    let input: SQSInput
    let format: SQSFormat
    let principal: Principal

    var queues: Queues { door.queues }

    /// The queue that the request is about, once the caller may do `action` to it. Whether it exists is for the domain to say.
    func queue(for action: Action) throws(SQSError) -> QueueAddress {
        let url = try queueURL()
        let address = try Self.address(url)
        try authorize(action, on: address)
        return address
    }

    /// Throws `SQSError.accessDenied` unless the caller may do `action` to the queue.
    func authorize(_ action: Action, on address: QueueAddress) throws(SQSError) {
        let arn = door.queues.engine.arn(of: address)
        try authorize(action, on: Resource(arn: arn, owner: address.account))
    }

    func authorize(_ action: Action, on resource: Resource) throws(SQSError) {
        let context = AuthorizationContext(sourceAddress: request.remoteAddress, isSecure: request.isSecure, time: request.arrival)
        guard door.identity.authorize(principal, action, on: resource, context).isAllowed else {
            throw .accessDenied(resource.arn.description)
        }
    }

    /// A queue name from a parameter. Throws when it breaks AWS's rules.
    func queueName() throws(SQSError) -> QueueName {
        let text = try input.requiredString("QueueName")
        guard let name = QueueName(text) else {
            throw .invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
        }
        return name
    }

    /// The URL under which this client reaches a queue: with the authority that it used itself.
    func url(of address: QueueAddress) -> String {
        let authority = request.authority.isEmpty ? door.configuration.fallbackAuthority : request.authority
        return "\(request.isSecure ? "https" : "http")://\(authority)/\(address.account)/\(address.name)"
    }

    /// The query protocol names the queue by the request's own path, or by a parameter.
    private func queueURL() throws(SQSError) -> String {
        if case .query = format, request.rawPath != "/" { return request.rawPath }
        return try input.requiredString("QueueUrl")
    }

    /// Only the path counts, and of it the last two parts: clients reach the same server under many names and behind proxies.
    private static func address(_ url: String) throws(SQSError) -> QueueAddress {
        let path = url.split(separator: "/", omittingEmptySubsequences: true)
        guard path.count >= 2, let account = AccountID(String(path[path.count - 2])) else { throw .invalidAddress(url) }
        guard let name = QueueName(String(path[path.count - 1])) else { throw SQSError(QueueError.queueDoesNotExist) }
        return QueueAddress(account: account, name: name)
    }
}
