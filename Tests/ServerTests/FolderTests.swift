import Edge
import Environment
import Model
import RoostServer
import Testing

@Suite("What the data folder keeps") struct FolderTests {
    let account = AccountID("123456789012")!

    @Test func keysAreMadeOnceAndKeptPrivate() throws {
        try withFolder { folder in
            let first = try RootCredentials.settle(in: folder, account: account, keys: nil)
            let second = try RootCredentials.settle(in: folder, account: account, keys: nil)
            #expect(first.isNew && !second.isNew && first.keys == second.keys)
            #expect(first.keys.accessKeyID.utf8.count == 20 && first.keys.secretAccessKey.utf8.count == 40)
            #expect(permissions(of: folder + "/" + RootCredentials.fileName) == 0o600)
            #expect(RootKeys.made() != RootKeys.made())
        }
    }

    @Test func givenKeysAreForNewFolders() throws {
        try withFolder { folder in
            let keys = RootKeys(accessKeyID: "GIVEN", secretAccessKey: "given-secret")!
            for _ in 0..<2 {
                let settled = try RootCredentials.settle(in: folder, account: account, keys: keys)
                #expect(settled.keys == keys)
            }
            let other = RootKeys(accessKeyID: "OTHER", secretAccessKey: "given-secret")!
            #expect(throws: ConfigurationError.self) { try RootCredentials.settle(in: folder, account: account, keys: other) }
            #expect(throws: ConfigurationError.self) {
                try RootCredentials.settle(in: folder, account: AccountID("000000000001")!, keys: nil)
            }
        }
    }

    /// docs/FORMAT.md.
    @Test func filesAreTheseBytes() throws {
        try withFolder { folder in
            let keys = RootKeys(accessKeyID: "GIVEN", secretAccessKey: "given/secret")!
            _ = try RootCredentials.settle(in: folder, account: account, keys: keys)
            let expected = """
                {
                  "accessKeyID" : "GIVEN",
                  "accountID" : "123456789012",
                  "secretAccessKey" : "given\\/secret"
                }

                """
            #expect(try text(of: "\(folder)/root-credentials.json") == expected)
            let running = RunningServer(endpoint: "https://127.0.0.1:9000", region: "us-east-1", certificate: "/c.pem")
            try running.write(folder: folder)
            #expect(permissions(of: folder + "/server.json") == 0o600)
            #expect(try RunningServer.read(folder: folder) == running)
            try writeText(#"{"region":"eu-west-1","endpoint":"http:\/\/127.0.0.1:9000"}"#, to: folder + "/server.json")
            #expect(
                try RunningServer.read(folder: folder)
                    == RunningServer(endpoint: "http://127.0.0.1:9000", region: "eu-west-1", certificate: nil))
        }
    }

    private func text(of path: String) throws -> String {
        let file = try LinuxDisk().open(path, .readOnly)
        var bytes = [UInt8](repeating: 0, count: Int(try file.size()))
        _ = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func damagedKeysAreNotReplaced() throws {
        try withFolder { folder in
            try writeText("{}", to: folder + "/" + RootCredentials.fileName)
            #expect(throws: ConfigurationError.self) { try RootCredentials.settle(in: folder, account: account, keys: nil) }
        }
    }

    @Test func certificatesAreRenewedWhenTheyRunOutOrNamesChange() throws {
        try withFolder { folder in
            let now = Timestamp(seconds: 1_800_000_000)
            let first = try SelfMadeCertificate.settle(in: folder, names: ["10.0.0.7"], now: now)
            let later = try SelfMadeCertificate.settle(in: folder, names: ["10.0.0.7"], now: now + .seconds(300 * 86_400))
            #expect(first.certificateChainPEM == later.certificateChainPEM && first.privateKeyPEM == later.privateKeyPEM)
            let named = try SelfMadeCertificate.settle(in: folder, names: ["10.0.0.7", "s3.example"], now: now)
            #expect(named.certificateChainPEM != first.certificateChainPEM)
            let renewed = try SelfMadeCertificate.settle(in: folder, names: ["10.0.0.7", "s3.example"], now: now + .seconds(380 * 86_400))
            #expect(renewed.certificateChainPEM != named.certificateChainPEM)
            #expect(permissions(of: folder + "/" + SelfMadeCertificate.keyFile) == 0o600)
        }
    }
}
