import HTTPTypes
import JSON
import NIOCore

/// S3's `<Error>` document.
package enum S3ErrorBody {
    package static let contentType = "application/xml"

    /// Code, Message, the error's own elements, Resource (a path as sent), RequestId, HostId.
    package static func write(_ error: WireError, resource: String?, requestID: String, hostID: String) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("Error")
        xml.element("Code", error.code)
        xml.element("Message", error.message)
        for element in error.elements { xml.element(named: element.name, element.value) }
        if let resource { xml.element("Resource", resource) }
        xml.element("RequestId", requestID)
        xml.element("HostId", hostID)
        xml.close("Error")
        return xml.finish()
    }
}

/// The query protocol's `<ErrorResponse>`.
package enum QueryErrorBody {
    package static let contentType = "text/xml"

    /// `namespace`: the service's, such as `http://queue.amazonaws.com/doc/2012-11-05/`.
    package static func write(_ error: WireError, namespace: String?, requestID: String) -> ByteBuffer {
        var xml = XMLWriter()
        xml.open("ErrorResponse", xmlns: namespace)
        xml.open("Error")
        xml.element("Type", error.isSenderFault ? "Sender" : "Receiver")
        xml.element("Code", error.code)
        xml.element("Message", error.message)
        xml.open("Detail")
        xml.close("Detail")
        xml.close("Error")
        xml.element("RequestId", requestID)
        xml.close("ErrorResponse")
        return xml.finish()
    }
}

/// The JSON protocols' error.
package enum JSONErrorBody {
    package static let contentType = "application/x-amz-json-1.0"

    /// `type`: the shape's full name, `com.amazonaws.sqs#QueueDoesNotExist`.
    package static func write(_ error: WireError, type: String) -> ByteBuffer {
        JSONValue.object(["__type": .string(type), "message": .string(error.message)]).bytes
    }

    /// `x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender`, for clients that know the query protocol's codes.
    package static func queryErrorHeader(code: String, isSenderFault: Bool) -> HTTPField {
        HTTPField(name: .xAmznQueryError, value: "\(code);\(isSenderFault ? "Sender" : "Receiver")")
    }
}
