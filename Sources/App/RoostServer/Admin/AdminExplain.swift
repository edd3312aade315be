import Bytes
import HTTPTypes
import JSON
import S3

/// Explanations over the admin door: `{"requestID": "0123456789ABCDEF"}` answers the decisions about access that are kept of that
/// request, in their order.
struct AdminExplain: Sendable {
    let decisions: DecisionRing

    func add(to operations: inout AdminOperations) {
        operations["Explain"] = { [decisions] call in
            let records = decisions.records(of: try call.required("requestID").uppercased())
            guard !records.isEmpty else {
                throw AdminError(
                    .notFound, "NoSuchRequest",
                    "nothing is kept of this request: it was allowed, or came before the last \(DecisionRing.countMax) decisions that are kept, "
                        + "or before the server's start. With --explain all what is allowed is kept too.")
            }
            return ["decisions": .array(records.map { .object(Self.encode($0)) })]
        }
    }

    private static func encode(_ record: AccessRecord) -> JSONObject {
        [
            "time": .string(ISO8601.format(record.time)), "decision": .string(record.isAllowed ? "allowed" : "refused"),
            "action": .string(record.action), "resource": .string(record.resource), "principal": .string(record.principal),
            "reason": .string(record.reason), "details": .strings(record.details),
        ]
    }
}
