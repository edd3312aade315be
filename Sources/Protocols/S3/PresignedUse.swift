import AWSWire
import Doors
import HTTPTypes
import Identity
import Model
import NIOCore

/// What a presigned request's signature says of the URL.
struct PresignedSignature: Sendable {
    let made: Timestamp
    let expires: Timestamp
    /// 64 hexadecimal digits, of this URL and no other.
    let text: String
}

/// The parameters with which the maker of a presigned URL limits its use (docs/beyond-aws/presigned.md). The signature covers them, so
/// whoever holds the URL cannot take them away.
enum PresignedUse {
    static let prefix = "x-roost-url-"
    private static let id = "x-roost-url-id"
    private static let uses = "x-roost-url-uses"
    private static let bytes = "x-roost-url-bytes"

    /// Nil when the request is not presigned, or its URL has none of the parameters. Throws `InvalidArgument` for one that is not
    /// understood: a limit that its maker believes in is never ignored.
    static func terms(_ call: S3Call) throws(S3Error) -> PresignedURLTerms? {
        guard call.caller.isPresigned, !call.query.isEmpty else { return nil }
        var found: [String: String] = [:]
        for item in call.query.all {
            let name = item.name.lowercased()
            guard name.hasPrefix(prefix) else { continue }
            guard [id, uses, bytes].contains(name), let value = item.value, found.updateValue(value, forKey: name) == nil else {
                throw .invalidArgument("Known are \(id), \(uses) and \(bytes), each once.", name: item.name, value: item.value ?? "")
            }
        }
        if found.isEmpty { return nil }
        guard let signature = call.caller.presigned else {
            throw .invalidRequest("Signature Version 2 does not sign x-roost-url parameters. Sign the URL with Signature Version 4.")
        }
        let name = found[id] ?? signature.text
        guard let shared = PresignedURLID(account: call.caller.principal.account, name: name) else {
            throw .invalidArgument(IdentityField.urlID.rawValue, name: id, value: name)
        }
        return PresignedURLTerms(
            id: shared,
            accessKeyID: call.caller.principal.accessKeyID ?? "", made: signature.made, expires: signature.expires,
            usesMax: try number(found[uses], uses), bytesMax: try number(found[bytes], bytes))
    }

    private static func number(_ text: String?, _ name: String) throws(S3Error) -> UInt64? {
        guard let text else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = UInt64(text), value > 0,
            value <= UInt64(Int64.max)
        else { throw .invalidArgument("The value must be a whole number from 1 on.", name: name, value: text) }
        return value
    }
}

extension S3Call {
    /// Runs the operation, within what a presigned URL allows where it limits something.
    func performWithinLimits() async throws -> DoorResponse {
        guard let terms = try PresignedUse.terms(self) else { return try await perform() }
        return try await perform(within: terms)
    }

    /// Runs the operation within what the URL allows: what it needs is taken before it is done, and given back when it is refused.
    private func perform(within terms: PresignedURLTerms) async throws -> DoorResponse {
        guard terms.usesMax != nil || terms.bytesMax != nil else {
            try await door.presignedURLs.check(terms)
            return try await perform()
        }
        let uses: UInt64 = terms.usesMax == nil ? 0 : 1
        let sent = terms.bytesMax == nil ? 0 : try payloadBytes()
        try await door.presignedURLs.spend(terms, uses: uses, bytes: sent, by: presignedRequest)
        do {
            let response = try await perform()
            if terms.bytesMax != nil, response.bodyBytes > 0 {
                try await door.presignedURLs.spend(terms, uses: 0, bytes: response.bodyBytes, by: presignedRequest)
            }
            return response
        } catch {
            if S3ErrorMap.s3Error(for: error).status.kind == .clientError { try await giveBack(terms, uses, sent) }
            throw error
        }
    }

    private var presignedRequest: PresignedURLRequest { PresignedURLRequest(id: request.id, sourceIP: request.remoteAddress) }

    private func giveBack(_ terms: PresignedURLTerms, _ uses: UInt64, _ bytes: UInt64) async throws {
        try await door.presignedURLs.giveBack(terms, uses: uses, bytes: bytes, by: presignedRequest)
    }

    /// What the request declares to send; nothing of it counts unless as much comes. Throws `MissingContentLength`.
    private func payloadBytes() throws -> UInt64 {
        if caller.payload.isStreaming {
            do { return UInt64(try AWSChunkedDecoder.decodedLength(in: headers)) } catch { throw S3ErrorMap.map(error) }
        }
        if let length = request.contentLength { return UInt64(max(0, length)) }
        guard !headers.contains(.transferEncoding) else { throw S3Error.missingContentLength }
        return 0
    }
}

extension DoorResponse {
    /// 0 for a body of unknown length, which no object's bytes have.
    fileprivate var bodyBytes: UInt64 {
        switch body {
        case .empty: 0
        case .bytes(let bytes): UInt64(bytes.readableBytes)
        case .stream(let length, _): UInt64(max(0, length ?? 0))
        }
    }
}
