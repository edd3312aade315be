import AWSWire
import Bytes
import Doors
import HTTPTypes
import Identity
import Model
import Objects

/// A bucket as browsers see it, under a website's host name: nobody signs, folders have index documents, errors are pages.
///
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
struct Website {
    let door: S3Door
    let request: DoorRequest
    let body: TrackedBody
    /// As the host name says.
    let bucket: String

    /// Never throws: what goes wrong is a page.
    func answer() async -> DoorResponse {
        do {
            return try await serve()
        } catch {
            let error = S3ErrorMap.s3Error(for: error)
            if let cause = error.cause { door.configuration.report(request.id, cause) }
            return ErrorPage(error, request, hostID: door.configuration.hostID(of: request.id)).response
        }
    }

    private func serve() async throws -> DoorResponse {
        guard request.method == .get || request.method == .head else { throw S3Error.methodNotAllowed(request.method, .object) }
        guard let name = BucketName(bucket) else { throw S3Error.noSuchBucket(bucket) }
        guard let website = try await door.objects.setting(WebsiteConfiguration.self, of: name) else { throw S3Error.noWebsite(bucket) }
        guard let key = PercentEncoding.decode(request.rawPath.dropFirst()), String(validating: key, as: UTF8.self) != nil else {
            throw S3Error.invalidURI(request.rawPath)
        }
        if let host = website.redirectAll {
            return redirect(.movedPermanently, to: url(host.scheme, host.name, key))
        }
        if let rule = website.rule(for: key, errorStatus: nil) { return redirect(by: rule, key) }
        let isFolder = key.isEmpty || key.last == UInt8(ascii: "/")
        do {
            return try await object(isFolder ? key + website.indexSuffix.utf8 : key)
        } catch {
            let error = S3ErrorMap.s3Error(for: error)
            if !isFolder, try await isReadable(key + "/".utf8 + website.indexSuffix.utf8) {
                return redirect(.found, to: "/\(PercentEncoding.encode(key, keepingSlash: true))/")
            }
            return try await refusal(error, key, website)
        }
    }

    /// The object, or where it says that it is now.
    private func object(_ key: [UInt8], _ headers: HTTPFields? = nil) async throws -> DoorResponse {
        let call = try call(key, headers)
        do {
            let response = request.method == .head ? try await HeadObject.answer(call) : try await GetObject.answer(call)
            guard let location = response.headers[.amzWebsiteRedirectLocation] else { return response }
            return redirect(.movedPermanently, to: location)
        } catch let error as ObjectsError {
            guard case .noSuchKey(let bucket, _) = error else { throw error }
            // Whoever may not list is not told what is missing.
            try await call.authorise(HeadBucket.action, bucket)
            throw error
        }
    }

    private func call(_ key: [UInt8], _ headers: HTTPFields? = nil) throws(S3Error) -> S3Call {
        let operation: S3Operation = request.method == .head ? .headObject : .getObject
        let caller = Caller(principal: door.identity.anonymous, payload: .unsigned, seed: nil, isPresigned: false)
        return try S3Call(
            door: door, request: request, operation: operation, target: S3Target(bucket: bucket, key: key),
            query: QueryItems(rawQuery: ""), caller: caller, body: body, headers: headers)
    }

    private func isReadable(_ key: [UInt8]) async throws -> Bool {
        guard let key = ObjectKey(key), let bucket = BucketName(bucket) else { return false }
        guard await (try call(key.utf8)).isAuthorised(GetObject.action, bucket, key) else { return false }
        do throws(ObjectsError) {
            _ = try await door.objects.lookup(bucket, key)
            return true
        } catch {
            return false
        }
    }

    /// A rule for this error, else the bucket's own error document, else a page.
    private func refusal(_ error: S3Error, _ key: [UInt8], _ website: WebsiteConfiguration) async throws -> DoorResponse {
        guard error.status.code >= 400 else { throw error }
        if let rule = website.rule(for: key, errorStatus: error.status.code) { return redirect(by: rule, key) }
        guard let errorKey = website.errorKey, error.status.kind == .clientError else { throw error }
        do {
            var response = try await object(Array(errorKey.utf8), [:])
            // An error document that is elsewhere sends the browser there.
            if response.status == .movedPermanently { return response }
            guard response.status == .ok else { throw error }
            response.status = error.status
            response.headers.append(contentsOf: ErrorPage.headers(error))
            return response
        } catch let second {
            var page = ErrorPage(error, request, hostID: door.configuration.hostID(of: request.id))
            page.second = S3ErrorMap.s3Error(for: second)
            return page.response
        }
    }

    private func redirect(by rule: WebsiteConfiguration.RoutingRule, _ key: [UInt8]) -> DoorResponse {
        redirect(
            HTTPResponse.Status(code: rule.redirectStatus ?? HTTPResponse.Status.movedPermanently.code),
            to: url(rule.scheme, rule.host ?? request.authority, rule.key(for: key)))
    }

    private func url(_ scheme: WebsiteConfiguration.Scheme?, _ host: String, _ key: [UInt8]) -> String {
        let scheme = scheme ?? (request.isSecure ? .https : .http)
        return "\(scheme.rawValue)://\(host)/\(PercentEncoding.encode(key, keepingSlash: true))"
    }

    private func redirect(_ status: HTTPResponse.Status, to location: String) -> DoorResponse {
        var headers = HTTPFields()
        headers.add(.location, location)
        return S3Reply.empty(status, headers: headers)
    }
}

extension S3Error {
    static func noWebsite(_ bucket: String) -> S3Error {
        .notConfigured("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket: bucket)
    }
}
