/// `--name value` and `--name=value` for the names of `ServerOption`; nothing else passes.
enum FlagParser {
    static func parse(_ arguments: [String]) throws(ConfigurationError) -> [String: String] {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.utf8.count > 2 else {
                throw ConfigurationError("unexpected argument '\(argument)'; see roost serve --help")
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let option = try option(named: String(parts[0]))
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw ConfigurationError("--\(option.name) needs a value: --\(option.name) \(option.value)")
            }
            guard values.updateValue(value, forKey: option.name) == nil else {
                throw ConfigurationError("--\(option.name) is given twice")
            }
        }
        return values
    }

    private static func option(named name: String) throws(ConfigurationError) -> ServerOption {
        guard let option = ServerOption.all.first(where: { $0.name == name }) else {
            throw ConfigurationError("unknown option '--\(name)'; see roost serve --help")
        }
        guard !option.isSecret else {
            throw ConfigurationError("--\(name) is no flag, because a command line is public; set \(option.environmentName)")
        }
        return option
    }
}
