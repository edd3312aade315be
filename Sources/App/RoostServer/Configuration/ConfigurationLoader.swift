import Configuration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Joins flags, environment, file and defaults, in this order of precedence.
package enum ConfigurationLoader {
    /// Throws `ConfigurationError` for anything unknown or unusable. Reads the file that `--config` or `ROOST_CONFIG` names.
    package static func load(arguments: [String], environment: [String: String]) throws -> ServerSettings {
        let flags = try FlagParser.parse(arguments)
        let file = flags[ServerOption.config.name] ?? environment[ServerOption.config.environmentName]
        let reader = ConfigReader(providers: [
            provider("flags", flags),
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
            provider("file", try file.map(readFile) ?? [:]),
            provider("defaults", defaults),
        ])
        return try ServerSettings { option in
            reader.string(forKey: key(option.name), isSecret: option.isSecret)
        }
    }

    private static var defaults: [String: String] {
        ServerOption.all.reduce(into: [:]) { values, option in values[option.name] = option.fallback }
    }

    /// `roost.listen` becomes `ROOST_LISTEN` in the environment.
    private static func key(_ name: String) -> ConfigKey { ConfigKey(["roost", name]) }

    private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
        let pairs = values.map { (AbsoluteConfigKey(["roost", $0.key]), ConfigValue(.string($0.value), isSecret: false)) }
        return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: pairs))
    }

    /// One JSON object; values are strings, numbers, booleans or arrays of strings (joined by commas).
    private static func readFile(_ path: String) throws -> [String: String] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ConfigurationError("cannot read the configuration file '\(path)'")
        }
        let values: [String: FileValue]
        do {
            values = try JSONDecoder().decode([String: FileValue].self, from: data)
        } catch {
            throw ConfigurationError("'\(path)' is not a JSON object of settings")
        }
        for name in values.keys.sorted() where !ServerOption.all.contains(where: { $0.name == name }) {
            throw ConfigurationError("unknown setting '\(name)' in '\(path)'")
        }
        return values.mapValues(\.text)
    }
}

private struct FileValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            text = string
        } else if let list = try? container.decode([String].self) {
            text = list.joined(separator: ",")
        } else if let number = try? container.decode(Int.self) {
            text = String(number)
        } else {
            text = try container.decode(Bool.self) ? "true" : "false"
        }
    }
}
