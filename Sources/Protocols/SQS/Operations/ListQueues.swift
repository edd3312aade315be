import Bytes
import Identity
import Model
import Queues

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
enum ListQueues: SQSOperation {
    static let wire = SQSOperationWire(name: "ListQueues", response: "ListQueuesResponse", result: "ListQueuesResult")

    static func run(_ call: SQSCall) async throws -> SQSAnswer {
        let account = call.principal.account
        let everything = ARN(service: "sqs", region: call.region.rawValue, account: account.rawValue, resource: "*")
        try call.authorize(.sqs("ListQueues"), on: Resource(arn: everything, owner: account))
        let prefix = try call.input.string("QueueNamePrefix") ?? ""
        let countMax = try call.input.integer("MaxResults")
        if let countMax, !(1...QueueLimits.listedQueuesMax).contains(countMax) {
            throw SQSError.invalidParameter(
                "Value \(countMax) for parameter MaxResults is invalid. Reason: Must be an integer from 1 to "
                    + "\(QueueLimits.listedQueuesMax)."
            )
        }
        let page = try await call.queues.list(
            account: account, region: call.region, prefix: prefix, after: try after(call),
            countMax: countMax ?? QueueLimits.listedQueuesMax)
        var output = SQSOutput()
        let urls = page.names.map { call.url(of: call.address($0)) }
        if !urls.isEmpty { output.add("QueueUrls", xml: "QueueUrl", .texts(urls)) }
        if countMax != nil, page.hasMore, let last = page.names.last { output.add("NextToken", Base64.encode(Array(last.rawValue.utf8))) }
        return SQSAnswer(output: output)
    }

    /// A token is the last name of the page before, in Base64.
    private static func after(_ call: SQSCall) throws -> String? {
        guard let token = try call.input.string("NextToken"), !token.isEmpty else { return nil }
        guard let bytes = Base64.decode(token), let name = String(validating: bytes, as: UTF8.self) else {
            throw SQSError.invalidParameter("Value \(token) for parameter NextToken is invalid.")
        }
        return name
    }
}
