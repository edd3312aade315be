import AWSWire
import HTTPTypes
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Prints what a verification costs in processor time of its thread; asserts nothing about time. Meaningful in release:
/// `swift test -c release --filter SigV4Benchmark`.
struct SigV4BenchmarkTests {
    #if DEBUG
        static let iterations = 500
    #else
        static let iterations = 200_000
    #endif

    @Test func presignedGet() throws {
        let request = Self.withUsualHeaders(Sample.presigned(Sample.get("/bench/objects/000123.bin")))
        try measure("presigned GET", request)
    }

    @Test func headerSignedPut() throws {
        var request = Sample.get("/bench/objects/000123.bin")
        request.method = "PUT"
        request.headers[.contentLength] = "4096"
        request.headers[.contentType] = "application/octet-stream"
        try measure("header-signed PUT", Self.withUsualHeaders(Sample.signed(request)))
    }

    private static func withUsualHeaders(_ request: WireRequest) -> WireRequest {
        var request = request
        request.headers[.userAgent] = "aws-sdk/1.0 test"
        request.headers[.accept] = "*/*"
        request.headers[.connection] = "keep-alive"
        return request
    }

    private func measure(_ name: String, _ request: WireRequest) throws {
        let cache = SigningKeyCache()
        func verify() throws {
            let signed = try #require(try SigV4.parse(request))
            let key = cache.key(accessKeyID: signed.accessKeyID, secret: Sample.secret, scope: signed.scope)
            _ = try signed.verify(signingKey: key, now: Sample.now, settings: Sample.settings, service: "s3")
        }
        for _ in 0..<(Self.iterations / 10) { try verify() }
        let start = Self.processorNanoseconds()
        for _ in 0..<Self.iterations { try verify() }
        let verified = Self.processorNanoseconds()
        for _ in 0..<Self.iterations { _ = try SigV4.parse(request) }
        let parsed = Self.processorNanoseconds()
        let (all, parsing) = ((verified - start) / Self.iterations, (parsed - verified) / Self.iterations)
        print("\(name): \(all) ns/op, of which parsing \(parsing) ns")
    }

    private static func processorNanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
