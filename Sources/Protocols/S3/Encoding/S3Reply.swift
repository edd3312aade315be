import AWSWire
import Doors
import HTTPTypes
import Model
import NIOCore
import Objects

/// Answers in the shapes that S3's operations share.
enum S3Reply {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    static let xmlType = HTTPField(name: .contentType, value: "application/xml")

    /// The door fills the operation's name in.
    static func xml(_ document: ByteBuffer, headers: HTTPFields = [:]) -> DoorResponse {
        var headers = headers
        headers.append(xmlType)
        return DoorResponse(status: .ok, headers: headers, body: .bytes(document), operation: "")
    }

    static func empty(_ status: HTTPResponse.Status, headers: HTTPFields = [:]) -> DoorResponse {
        DoorResponse(status: status, headers: headers, operation: "")
    }
}

extension BucketName {
    var arn: String { "arn:aws:s3:::\(rawValue)" }
}

extension HTTPFields {
    mutating func add(_ name: HTTPField.Name, _ value: String) {
        append(HTTPField(name: name, value: value))
    }

    mutating func add(_ name: HTTPField.Name, _ value: String?) {
        if let value { append(HTTPField(name: name, value: value)) }
    }

    /// `x-amz-version-id`; nothing in a bucket that never had versions.
    mutating func add(_ version: VersionID?) {
        if let version { add(.amzVersionID, version.description) }
    }

    /// What a write made: as AWS does, only an id is told, not `null`. A copy tells both.
    mutating func add(made version: VersionID?) {
        if case .made? = version { add(version) }
    }

    /// The version that a copy was made of: only an id is told.
    mutating func add(copiedFrom version: VersionID?) {
        if case .made? = version { add(.amzCopySourceVersionID, version?.description) }
    }

    /// The position of the write that is answered.
    mutating func addPosition(_ lsn: LSN) {
        add(.roostLSN, lsn.description)
    }
}
