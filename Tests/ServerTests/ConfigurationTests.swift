import Edge
import Environment
import Model
import RoostServer
import Testing

@Suite("Settings") struct ConfigurationTests {
    func load(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> ServerSettings {
        try ConfigurationLoader.load(arguments: arguments, environment: environment)
    }

    @Test func defaultsServeOnLoopback() throws {
        let settings = try load()
        #expect(settings.host == "127.0.0.1" && settings.port == 9000 && settings.dataFolder.hasSuffix("/data"))
        #expect(settings.account.rawValue == "000000000000" && settings.region == .usEast1)
        #expect(settings.tls == .off && settings.requestLog == .errors && settings.rootKeys == nil && settings.hostNames.isEmpty)
        #expect(settings.limits.connectionsMax == 4096)
    }

    @Test func flagsWinOverEnvironmentOverFile() throws {
        try withFolder { folder in
            let file = folder + "/roost.json"
            try writeText(
                #"{"listen": "127.0.0.1:1", "region": "eu-west-1", "account-id": "111111111111", "connections-max": 7}"#, to: file)
            let environment = ["ROOST_CONFIG": file, "ROOST_REGION": "eu-west-2", "ROOST_LISTEN": "127.0.0.1:2", "ROOST_DATA": ""]
            let settings = try load(["--listen=127.0.0.1:3"], environment)
            #expect(settings.port == 3 && settings.region.rawValue == "eu-west-2" && settings.account.rawValue == "111111111111")
            #expect(settings.limits.connectionsMax == 7 && settings.dataFolder.hasSuffix("/data"))
        }
    }

    @Test func listsAndHosts() throws {
        let settings = try load(["--host-names", "S3.Example, files.example", "--listen", "[::1]:0"])
        #expect(settings.hostNames == ["s3.example", "files.example"] && settings.host == "::1" && settings.port == 0)
        #expect(try load(["--listen", ":80"]).host == "0.0.0.0")
    }

    @Test func keysComeFromTheEnvironmentTogether() throws {
        let both = ["ROOST_ACCESS_KEY_ID": "AKEY", "ROOST_SECRET_ACCESS_KEY": "secretsecret"]
        #expect(try load([], both).rootKeys == RootKeys(accessKeyID: "AKEY", secretAccessKey: "secretsecret"))
        #expect(throws: ConfigurationError.self) { try load([], ["ROOST_ACCESS_KEY_ID": "AKEY"]) }
        #expect(throws: ConfigurationError.self) { try load([], both.merging(["ROOST_SECRET_ACCESS_KEY": "short"]) { $1 }) }
    }

    @Test(arguments: [
        (["--listn", ":1"], "unknown option '--listn'"), (["serve"], "unexpected argument 'serve'"), (["--data"], "--data needs a value"),
        (["--data", "a", "--data", "b"], "--data is given twice"), (["--listen", "9000"], "--listen 9000: must be HOST:PORT"),
        (["--listen", "a:99999"], "--listen a:99999"), (["--listen", "::1:80"], "--listen ::1:80"), (["--account-id", "12"], "12 digits"),
        (["--region", "No!"], "--region No!"), (["--tls", "on"], "--tls on"), (["--tls", "files"], "needs --tls-certificate"),
        (["--request-log", "some"], "off, errors or all"), (["--connections-max", "0"], "--connections-max 0"),
        (["--connections-max", "-4"], "--connections-max -4"), (["--secret-access-key", "x"], "set ROOST_SECRET_ACCESS_KEY"),
        (["--config", "/nowhere/roost.json"], "cannot read"), (["--data", ""], "--data is empty"),
    ]) func unusableSettingsAreNamed(arguments: [String], part: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try load(arguments) }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [("[1]", "not a JSON object"), ("{", "not a JSON object"), (#"{"lisen": "x"}"#, "unknown setting 'lisen'")])
    func unusableFilesAreNamed(text: String, part: String) throws {
        try withFolder { folder in
            try writeText(text, to: folder + "/c.json")
            let error = #expect(throws: ConfigurationError.self) { try load(["--config", folder + "/c.json"]) }
            #expect(error?.description.contains(part) == true)
        }
    }

    @Test func helpNamesEveryOption() {
        for option in ServerOption.all {
            #expect(ServerOption.helpText.contains(option.environmentName) && ServerOption.markdownTable.contains(option.environmentName))
            #expect(ServerOption.helpText.contains("--\(option.name) ") != option.isSecret)
        }
    }
}

@Suite("Documentation") struct SettingsDocumentationTests {
    /// docs/settings.md holds the table that the code prints; when they differ, the message is what should stand there.
    @Test func theTableIsTheCodes() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try LinuxDisk().open("/\(root)/docs/settings.md", .readOnly)
        var bytes = [UInt8](repeating: 0, count: Int(try file.size()))
        _ = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(ServerOption.markdownTable), "\(ServerOption.markdownTable)")
    }
}
