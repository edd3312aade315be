import HTTPTypes

extension DoorRequest {
    /// The longest header `X-Amzn-Trace-Id` that is kept.
    package static let traceBytesMax = 512

    /// The X-Ray trace that the client says the request belongs to. What is too long or not plain text is none.
    package var trace: String? {
        guard let trace = headers.value(of: .xAmznTraceID), (1...Self.traceBytesMax).contains(trace.utf8.count),
            trace.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        return trace
    }
}

extension HTTPField.Name {
    private static let traceID = HTTPField.Name("x-amzn-trace-id")!
    package static var xAmznTraceID: HTTPField.Name { traceID }
}
