import Model
import Testing

/// One case or more for each rule of AWS's page on bucket names.
@Suite struct BucketNameTests {
    @Test(arguments: ["abc", "a-b", "a.b.c", "123", "0a9", "my-bucket.example.com", "1.2.3", "1.2.3.4.5", "1.2.3.4a", "1234.1.1.1"])
    func valid(name: String) {
        #expect(BucketName(name)?.rawValue == name)
    }

    @Test(arguments: [
        "", "ab", "Abc", "a_b", "abc/", "a b", "äbc", "-abc", "abc-", ".abc", "abc.", "a..b", "192.168.5.4", "999.999.999.999",
        "xn--abc", "sthree-abc", "amzn-s3-demo-bucket", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "abc--table-s3", "a\0b",
    ])
    func invalid(name: String) {
        #expect(BucketName(name) == nil)
    }

    @Test func lengths() {
        #expect(BucketName(String(repeating: "a", count: 63)) != nil)
        #expect(BucketName(String(repeating: "a", count: 64)) == nil)
    }
}
