import Bytes
import Environment

/// Master keys as the operator keeps them: one key on a line, 32 bytes in Base64; the first is the current one. Empty lines and
/// what follows a `#` do not count. In an environment variable commas may stand for line ends.
package enum MasterKeyText {
    package enum Problem: Error, Sendable, Equatable {
        case empty
        /// Counted from 1.
        case badLine(Int)
    }

    package static func parse(_ text: String, random: any RandomSource) throws(Problem) -> MasterKeys {
        var keys: [DataKey] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            for code in line.prefix(while: { $0 != "#" }).split(separator: ",") {
                let code = code.filter { !$0.isWhitespace }
                if code.isEmpty { continue }
                guard let bytes = Base64.decode(code), let key = DataKey(bytes: bytes) else { throw .badLine(index + 1) }
                keys.append(key)
            }
        }
        guard let current = keys.first else { throw .empty }
        return MasterKeys(current: current, older: Array(keys.dropFirst()), random: random)
    }

    /// The text of a new ring with one key.
    package static func made(random: any RandomSource) -> String {
        """
        # Roost's master keys. Whoever loses this file loses all that is encrypted; keep a copy apart from the data.
        # One key on a line; the first wraps, the others only unwrap. To rotate, put a new line on top (openssl rand -base64 32).
        \(Base64.encode(DataKey(random: random).bytes))

        """
    }
}
