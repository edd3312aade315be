import AWSWire
import Bytes
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
    /// Whose queues the request is about: the one that it is signed for.
    let region: Region

    var queues: Queues { door.queues }

    /// The queue that the request is about, once the caller may do `action` to it. Whether it exists is for the domain to say.
    func queue(for action: Action) throws(SQSError) -> QueueAddress {
        let url = try queueURL()
        let address = try address(url)
        try authorize(action, on: address)
        return address
    }

    /// The queue whose ARN a parameter gives, once the caller may do `action` to it. One of another region is not there.
    func queue(named parameter: String, for action: Action) throws -> QueueAddress {
        let text = try input.requiredString(parameter)
        guard let arn = ARN(text), arn.service == SQSNames.service else {
            throw SQSError.invalidParameter("Value \(text) for parameter \(parameter) is invalid. Reason: It is no queue's ARN.")
        }
        return try queue(arn, parameter, for: action)
    }

    func queue(_ arn: ARN, _ parameter: String, for action: Action) throws -> QueueAddress {
        guard let address = queues.engine.address(of: arn), address.region == region else { throw QueueError.noSuchResource(parameter) }
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

    /// The query protocol names the queue by a parameter, or by the request's own path.
    private func queueURL() throws(SQSError) -> String {
        if format.isQuery, request.rawPath != "/", try input.string("QueueUrl") == nil { return request.rawPath }
        return try input.requiredString("QueueUrl")
    }

    /// A bare name is a queue of the caller's.
    private func address(_ url: String) throws(SQSError) -> QueueAddress {
        if let name = QueueName(url) { return address(name) }
        guard let (account, text) = QueuePath.parse(url) else { throw .invalidAddress(url) }
        guard let name = QueueName(text) else { throw SQSError(QueueError.queueDoesNotExist) }
        return address(name, of: account)
    }

    /// A queue of the request's region; without an account the caller's.
    func address(_ name: QueueName, of account: AccountID? = nil) -> QueueAddress {
        QueueAddress(account: account ?? principal.account, region: region, name: name)
    }
}

/// What a queue's URL or its path names. Only the last two parts count: clients reach the same server under many names and behind proxies.
enum QueuePath {
    static func namesQueue(_ path: String) -> Bool { parse(path).flatMap { QueueName($0.name) } != nil }

    /// Nil where the part before the last is no account; the last may be no name.
    static func parse(_ path: String) -> (account: AccountID, name: String)? {
        let parts = ByteSearch.split(Array(path.utf8)[...], at: UInt8(ascii: "/"))
        guard parts.count >= 2, let account = AccountID(String(decoding: parts[parts.count - 2], as: UTF8.self)) else { return nil }
        return (account, String(decoding: parts[parts.count - 1], as: UTF8.self))
    }
}
