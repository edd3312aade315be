import AWSWire
import Bytes
import HTTPTypes
import Model

private let now = Timestamp(seconds: 1_767_323_045)
private let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
private let key = SigningKey(secret: secret, scope: CredentialScope(date: "20260102", region: "us-east-1", service: "s3"))
private let signer = SigV4Signer(accessKeyID: "AKIDEXAMPLE", secret: secret, region: "us-east-1", service: "s3")

/// Lines of method, path, query, host, then `name:value` headers. Whatever they hold is refused or anonymous, never a crash; and when it is
/// anonymous, it can be signed in both forms and is then accepted, and refused with another key.
package func fuzzSigV4(_ bytes: UnsafeRawBufferPointer) {
    let request = request(bytes)
    _ = ServiceClassifier.classify(request)
    do {
        if let signed = try SigV4.parse(request) {
            precondition(!isAccepted(signed, key), "a signature out of nowhere is accepted")
            return
        }
    } catch {
        _ = error.wireError(for: .s3)
        _ = error.wireError(for: .other)
        return
    }
    var headerForm = request
    signer.sign(&headerForm, payload: .unsigned, at: now)
    check(headerForm)
    var presigned = request
    if presigned.headers[HTTPField.Name("x-amz-content-sha256")!].map({ (try? PayloadMode(headerValue: $0)) == nil }) ?? false { return }
    let items = QueryItems(rawQuery: request.rawQuery)
    // Parts of an authentication would come twice.
    if !items.isWellFormed || items.all.contains(where: { $0.name.hasPrefix("X-Amz-") || $0.name == "AWSAccessKeyId" }) { return }
    signer.presign(&presigned, expiresSeconds: 60, at: now)
    check(presigned)
}

private func check(_ request: WireRequest) {
    guard let signed = try? SigV4.parse(request) else { preconditionFailure("what was signed does not parse") }
    precondition(isAccepted(signed, key), "what was signed is refused")
    precondition(!isAccepted(signed, SigningKey(secret: "other", scope: signed.scope)), "another key is accepted")
}

private func isAccepted(_ signed: SignedRequest, _ key: SigningKey) -> Bool {
    do {
        _ = try signed.verify(signingKey: key, now: now, settings: SigV4Settings(region: "us-east-1"), service: "s3")
        return true
    } catch {
        _ = error.wireError(for: .s3)
        return false
    }
}

private func request(_ bytes: UnsafeRawBufferPointer) -> WireRequest {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    func line(_ index: Int) -> String { index < lines.count ? lines[index] : "" }
    var request = WireRequest(method: line(0), rawPath: line(1), rawQuery: line(2), authority: line(3))
    for line in lines.dropFirst(4) {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), let name = HTTPField.Name(String(line[..<colon])) else { continue }
        if name.canonicalName == "host" { continue }
        request.headers.append(HTTPField(name: name, value: String(line[line.utf8.index(after: colon)...])))
    }
    return request
}
