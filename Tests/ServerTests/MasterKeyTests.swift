import RoostServer
import Testing

@Suite("Master keys") struct MasterKeyTests {
    func load(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> MasterKeySource {
        try ConfigurationLoader.load(arguments: arguments, environment: environment).masterKeys
    }

    @Test func comeFromOnePlace() throws {
        #expect(try load(["--data", "/srv/roost/"]) == .file("/srv/roost.master-key"))
        #expect(try load(["--master-key-file", "/keys/roost"]) == .file("/keys/roost"))
        #expect(try load([], ["ROOST_MASTER_KEY_FILE": "/keys/roost"]) == .file("/keys/roost"))
        #expect(try load([], ["ROOST_MASTER_KEY": "abc"]) == .text("abc"))
        #expect(try load(["--master-key-command", "cat key"]) == .command("cat key"))
        #expect(throws: ConfigurationError.self) { try load(["--master-key-file", "/keys/roost"], ["ROOST_MASTER_KEY": "abc"]) }
    }

    @Test func areNoFlagAndNotBesideTheData() {
        #expect(throws: ConfigurationError.self) { try load(["--master-key", "abc"]) }
        #expect(throws: ConfigurationError.self) { try load(["--data", "/data", "--master-key-file", "/data/keys"]) }
    }
}
