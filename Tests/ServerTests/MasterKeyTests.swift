import RoostServer
import Testing

@Suite("Master keys") struct MasterKeyTests {
    func load(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> MasterKeySource {
        try ConfigurationLoader.load(arguments: arguments, environment: environment).masterKeys
    }

    @Test func comeFromOnePlace() throws {
        #expect(try load() == .absent)
        #expect(try load(["--master-key-file", "/keys/roost"]) == .file("/keys/roost"))
        #expect(try load([], ["ROOST_MASTER_KEY_FILE": "/keys/roost"]) == .file("/keys/roost"))
        #expect(try load([], ["ROOST_MASTER_KEYS": "abc"]) == .text("abc"))
        #expect(throws: ConfigurationError.self) { try load(["--master-key-file", "/keys/roost"], ["ROOST_MASTER_KEYS": "abc"]) }
    }

    @Test func areNoFlagAndNotBesideTheData() {
        #expect(throws: ConfigurationError.self) { try load(["--master-keys", "abc"]) }
        #expect(throws: ConfigurationError.self) { try load(["--data", "/data", "--master-key-file", "/data/keys"]) }
    }
}
