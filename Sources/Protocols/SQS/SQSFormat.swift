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
    /// The query protocol: the action and parameters as a form in the body or the URL, answers as XML.
    case query

    init(_ request: DoorRequest) {
        self = request.headers[.xAmzTarget] == nil ? .query : .json
    }

    func response(_ answer: SQSAnswer, of operation: SQSOperationWire, _ id: RequestID) -> DoorResponse {
        var headers: HTTPFields = [.contentType: contentType]
        if let lsn = answer.lsn { headers[.roostLSN] = lsn.description }
        let body: ByteBuffer
        switch self {
        case .json: body = (answer.output ?? SQSOutput()).json.bytes
        case .query:
            var xml = XMLWriter()
            xml.open(operation.response, xmlns: SQSNames.queryNamespace)
            if let output = answer.output {
                xml.open(operation.result)
                output.write(to: &xml)
                xml.close(operation.result)
            }
            xml.open("ResponseMetadata")
            xml.element("RequestId", id.description)
            xml.close("ResponseMetadata")
            xml.close(operation.response)
            body = xml.finish()
        }
        return DoorResponse(status: .ok, headers: headers, body: .bytes(body), operation: operation.name)
    }

    func response(_ error: SQSError, _ id: RequestID) -> DoorResponse {
        var headers: HTTPFields = [.contentType: contentType]
        let body: ByteBuffer
        switch self {
        case .json:
            headers.append(JSONErrorBody.queryErrorHeader(code: error.code, isSenderFault: error.isSenderFault))
            body = JSONErrorBody.write(error.wire, type: error.type)
        case .query: body = QueryErrorBody.write(error.wire, namespace: SQSNames.queryNamespace, requestID: id.description)
        }
        return DoorResponse(status: error.status, headers: headers, body: .bytes(body), operation: "")
    }

    private var contentType: String {
        switch self {
        case .json: JSONErrorBody.contentType
        case .query: QueryErrorBody.contentType
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
            let target = request.headers[.xAmzTarget] ?? ""
            guard target.hasPrefix(SQSNames.targetPrefix) else { throw .unknownOperation(target, isJSON: true) }
            action = String(target.dropFirst(SQSNames.targetPrefix.count))
            input = .json(try Self.object(body))
        case .query:
            let form = try Self.form(request, body)
            guard let name = form.action, !name.isEmpty else { throw .missingParameter("Action") }
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
