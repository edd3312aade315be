import AWSWire
import Doors
import HTTPTypes
import JSON
import Model
import NIOCore

/// The protocol that a request came in and its answer leaves in.
enum SQSFormat: Sendable {
    /// AWS JSON 1.0: the action in `X-Amz-Target`, parameters and answers as JSON.
    case json
    /// The query protocol: the action and parameters as a form in the body or the URL, answers as XML, or as JSON where the client asks
    /// for that first.
    case query(answersJSON: Bool)

    init(_ request: DoorRequest) {
        if request.headers.contains(.xAmzTarget) {
            self = .json
        } else {
            let accepted = request.headers.value(of: .accept)?.split(whereSeparator: { ",; ".contains($0) }).first
            self = .query(answersJSON: accepted == "application/json")
        }
    }

    var isQuery: Bool {
        if case .query = self { true } else { false }
    }

    func response(_ answer: SQSAnswer, of operation: SQSOperationWire, _ id: RequestID) -> DoorResponse {
        var headers: HTTPFields = [.contentType: contentType]
        if let lsn = answer.lsn { headers[.roostLSN] = lsn.description }
        let body: ByteBuffer
        switch self {
        case .json: body = (answer.output ?? SQSOutput()).json.bytes
        case .query(answersJSON: true): body = Self.json(answer, of: operation, id)
        case .query(answersJSON: false): body = Self.xml(answer, of: operation, id)
        }
        return DoorResponse(status: .ok, headers: headers, body: .bytes(body), operation: operation.name)
    }

    private static func xml(_ answer: SQSAnswer, of operation: SQSOperationWire, _ id: RequestID) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open(operation.response, xmlns: SQSNames.queryNamespace)
        if let output = answer.output, output.fields.isEmpty {
            xml.empty(operation.result)
        } else if let output = answer.output {
            xml.open(operation.result)
            output.write(to: &xml)
            xml.close(operation.result)
        }
        xml.open("ResponseMetadata")
        xml.element("RequestId", id.description)
        xml.close("ResponseMetadata")
        xml.close(operation.response)
        return xml.finish()
    }

    /// The document that XML would be, as JSON.
    private static func json(_ answer: SQSAnswer, of operation: SQSOperationWire, _ id: RequestID) -> ByteBuffer {
        var members: [JSONObject.Member] = []
        if let output = answer.output { members.append(JSONObject.Member("\(operation.result)", output.queryJSON)) }
        members.append(JSONObject.Member("ResponseMetadata", .object(["RequestId": .string(id.description)])))
        return JSONValue.object(JSONObject([JSONObject.Member("\(operation.response)", .object(JSONObject(members)))])).bytes
    }

    func response(_ error: SQSError, _ id: RequestID) -> DoorResponse {
        var headers: HTTPFields = [.contentType: contentType]
        let body: ByteBuffer
        switch self {
        case .json:
            headers.append(JSONErrorBody.queryErrorHeader(code: error.code, isSenderFault: error.isSenderFault))
            body = JSONErrorBody.write(error.wire, type: error.type)
        case .query where error == .noAction:
            headers[.contentType] = QueryErrorBody.contentType
            body = ByteBuffer(string: "<UnknownOperationException/>\n")
        case .query(answersJSON: true):
            let members: JSONObject = [
                "Code": .string(error.code), "Message": .string(error.queryWire.message),
                "Type": .string(error.isSenderFault ? "Sender" : "Receiver"),
            ]
            body = JSONValue.object(["Error": .object(members), "RequestId": .string(id.description)]).bytes
        case .query(answersJSON: false):
            body = QueryErrorBody.write(error.queryWire, namespace: SQSNames.queryNamespace, requestID: id.description)
        }
        return DoorResponse(status: error.status, headers: headers, body: .bytes(body), operation: "")
    }

    private var contentType: String {
        switch self {
        case .json: JSONErrorBody.contentType
        case .query(answersJSON: true): "application/json"
        case .query(answersJSON: false): QueryErrorBody.contentType
        }
    }
}

/// What a request asks for: the action's name and its parameters.
struct SQSEnvelope {
    let action: String
    let input: SQSInput

    init(_ request: DoorRequest, _ format: SQSFormat, _ body: ByteBuffer) throws(SQSError) {
        switch format {
        case .json:
            let target = request.headers.value(of: .xAmzTarget) ?? ""
            guard target.hasPrefix(SQSNames.targetPrefix) else { throw .unknownOperation(target, isJSON: true) }
            action = String(target.dropFirst(SQSNames.targetPrefix.count))
            input = .json(try Self.object(body))
        case .query:
            let form = try Self.form(request, body)
            guard let name = form.action, !name.isEmpty else { throw request.method == .get ? .noAction : .missingParameter("Action") }
            action = name
            input = .query(form.root)
        }
    }

    private static func object(_ body: ByteBuffer) throws(SQSError) -> JSONObject {
        if body.readableBytes == 0 { return JSONObject() }
        do {
            let value = try JSONValue.parse(body, limits: JSONLimits(bytesMax: SQSLimits.bodyBytesMax))
            guard let object = value.object else { throw SQSError.serialization("The request body is not a JSON object.") }
            return object
        } catch let error as SQSError {
            throw error
        } catch {
            throw .serialization("The request body is not valid JSON.")
        }
    }

    /// The form in the body, and what the URL adds.
    private static func form(_ request: DoorRequest, _ body: ByteBuffer) throws(SQSError) -> QueryForm {
        var bytes = ByteBuffer(string: request.rawQuery)
        if bytes.readableBytes > 0, body.readableBytes > 0 { bytes.writeString("&") }
        bytes.writeImmutableBuffer(body)
        do {
            return try QueryForm.parse(bytes)
        } catch {
            throw .init(common: "MalformedQueryString", code: "MalformedQueryString", "The query string contains a syntax error.")
        }
    }
}
