import AWSWire
import Bytes
import HTTPTypes
import Model
import NIOCore
import Testing

/// What the tests sign with.
enum Sample {
    static let accessKeyID = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let now = ISO8601.parse("2026-01-02T03:04:05Z")!
    static let scope = CredentialScope(date: "20260102", region: "us-east-1", service: "s3")
    static let key = SigningKey(secret: secret, scope: scope)
    static let settings = SigV4Settings(region: "us-east-1")
    static let signer = SigV4Signer(accessKeyID: accessKeyID, secret: secret, region: "us-east-1", service: "s3")

    static func get(_ path: String = "/bucket/key.txt", query: String = "") -> WireRequest {
        WireRequest(method: "GET", rawPath: path, rawQuery: query, authority: "s3.example.com:9000")
    }

    static func signed(_ request: WireRequest, payload: PayloadMode = .unsigned, at time: Timestamp = now) -> WireRequest {
        var request = request
        signer.sign(&request, payload: payload, at: time)
        return request
    }

    static func presigned(_ request: WireRequest, expiresSeconds: Int64 = 3600, at time: Timestamp = now) -> WireRequest {
        var request = request
        signer.presign(&request, expiresSeconds: expiresSeconds, at: time)
        return request
    }
}

/// Nil when the request is proven; otherwise why not. An anonymous one is an error here.
func refusal(
    of request: WireRequest, key: SigningKey = Sample.key, now: Timestamp = Sample.now, settings: SigV4Settings = Sample.settings,
    service: String = "s3", bodySHA256: [UInt8]? = nil
) -> SigV4Error? {
    do throws(SigV4Error) {
        guard let signed = try SigV4.parse(request) else { return .missingDate }
        guard signed.accessKeyID == Sample.accessKeyID else { throw .unknownAccessKey(signed.accessKeyID) }
        _ = try signed.verify(signingKey: key, now: now, settings: settings, service: service, bodySHA256: bodySHA256)
        return nil
    } catch {
        return error
    }
}

/// A small generator for repeatable tests (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension ByteBuffer {
    var text: String { String(buffer: self) }
}
