import HTTPTypes
import NIOCore

/// S3's `<Error>` document (`application/xml`).
package enum S3ErrorBody {
    package static let contentType = "application/xml"
    package static func write(_ error: WireError, resource: String?, requestID: String, hostID: String) -> ByteBuffer { fatalError() }
}

/// The query protocol's `<ErrorResponse>` (`text/xml`).
package enum QueryErrorBody {
    package static let contentType = "text/xml"
    /// `namespace` such as `http://queue.amazonaws.com/doc/2012-11-05/`.
    package static func write(_ error: WireError, namespace: String?, requestID: String) -> ByteBuffer { fatalError() }
}

/// The JSON protocols' error (`application/x-amz-json-1.0`).
package enum JSONErrorBody {
    package static let contentType = "application/x-amz-json-1.0"
    /// `type`: the shape's full name, `com.amazonaws.sqs#QueueDoesNotExist`.
    package static func write(_ error: WireError, type: String) -> ByteBuffer { fatalError() }
    /// `x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender`
    package static func queryErrorHeader(code: String, isSenderFault: Bool) -> HTTPField { fatalError() }
}
