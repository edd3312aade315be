import AWSWire
import Doors
import Identity
import Model
import Objects

/// Who sent a form: whoever signed its policy, or nobody.
extension S3Door {
    /// Throws `AccessDenied` for a policy that nobody signed, `InvalidArgument` for half a signature, `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `InvalidToken`.
    func authenticate(_ form: PostForm) throws(S3Error) -> Caller {
        let signs = ["awsaccesskeyid", "signature", "x-amz-credential", "x-amz-signature", "x-amz-algorithm"]
        let isSigned = (signs + ["x-amz-date"]).contains { form[$0] != nil }
        guard let policy = form["policy"] else {
            if signs.contains(where: { form[$0] != nil }) { throw .missingField("policy") }
            return Caller(principal: identity.anonymous, payload: .unsigned, seed: nil, isPresigned: false)
        }
        guard isSigned else { throw .accessDenied }
        do {
            return try prove(try Self.signature(form), policy, form)
        } catch let error as SigV4Error {
            throw S3Error(error.wireError(for: .s3))
        } catch let error as S3Error {
            throw error
        } catch {
            throw S3Error.internalError.causedBy("\(error)")
        }
    }

    private func prove(_ signature: PolicySignature, _ policy: String, _ form: PostForm) throws -> Caller {
        guard let credential = identity.credential(for: signature.accessKeyID) else {
            throw SigV4Error.unknownAccessKey(signature.accessKeyID)
        }
        guard form["x-amz-security-token"] == nil else { throw S3Error.invalidToken }
        try signature.verify(
            policy: policy, secret: credential.secretAccessKey, settings: signatureSettings, keys: signingKeys)
        return Caller(principal: credential.principal, payload: .unsigned, seed: nil, isPresigned: false)
    }

    private static func signature(_ form: PostForm) throws -> PolicySignature {
        let version4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-signature", "x-amz-date"]
        guard version4.contains(where: { form[$0] != nil }) else {
            return .version2(accessKeyID: try form.required("AWSAccessKeyId"), signature: try form.required("Signature"))
        }
        let algorithm = try form.required("X-Amz-Algorithm")
        guard algorithm == "AWS4-HMAC-SHA256" else {
            throw S3Error.invalidArgument(
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", name: "X-Amz-Algorithm", value: algorithm)
        }
        return try PolicySignature(
            credential: try form.required("X-Amz-Credential"), date: try form.required("X-Amz-Date"),
            signature: try form.required("X-Amz-Signature"))
    }
}
