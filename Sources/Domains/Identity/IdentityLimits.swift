import Model

/// How much there may be: all of it is held in memory. Where AWS has a quota, it is AWS's.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
package enum IdentityLimits {
    package enum Kind: Sendable, Equatable {
        case accounts, usersPerAccount, keysPerHolder, policiesPerUser
    }

    /// Ours: AWS has no such number. At most some 100 MB with everything that an account may have by half.
    package static let accountsMax = 10_000
    package static let usersPerAccountMax = 5_000
    /// AWS has 2. More makes room for rotation of keys that many programs share.
    package static let keysPerHolderMax = 10
    package static let policiesPerUserMax = 20
    package static let policyBytesMax = 131_072
    /// A presigned URL lives a week at most. Source: AWS's SigV4 documentation; the same number is `SigV4.expiresSecondsMax`.
    package static let presignedLifeMax: Duration = .seconds(604_800)
    /// How far the clock of whoever signs may be off (`SigV4.clockSkewMax`).
    package static let clockSkewMax: Duration = .seconds(900)

    package static func limit(_ kind: Kind) -> Int {
        switch kind {
        case .accounts: accountsMax
        case .usersPerAccount: usersPerAccountMax
        case .keysPerHolder: keysPerHolderMax
        case .policiesPerUser: policiesPerUserMax
        }
    }
}

/// The rules for what commands give (`IdentityField`).
enum FieldRules {
    static func check(_ field: IdentityField, _ text: String) throws(IdentityError) {
        guard isValid(field, text) else { throw .invalid(field) }
    }

    static func isValid(_ field: IdentityField, _ text: String) -> Bool {
        switch field {
        case .accountID: AccountID(text).map { $0 != Identity.anonymousAccount } ?? false
        case .canonicalID: has(text, 1...128) { isAlphanumeric($0) || "$-_.".utf8.contains($0) }
        case .displayName: (1...128).contains(text.count) && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        case .email: has(text, 3...254, isPrintable) && text.dropFirst().dropLast().contains("@")
        case .userName: has(text, 1...64, isNameByte)
        case .policyName, .urlID: has(text, 1...128, isNameByte)
        case .path: text == "/" || has(text, 2...512, isPrintable) && text.hasPrefix("/") && text.hasSuffix("/")
        case .policyDocument: (1...IdentityLimits.policyBytesMax).contains(text.utf8.count)
        case .accessKeyID: has(text, 3...128) { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        case .secret: has(text, 8...256, isPrintable)
        }
    }

    private static func has(_ text: String, _ count: ClosedRange<Int>, _ allowed: (UInt8) -> Bool) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy(allowed)
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    private static func isNameByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "_+=,.@-".utf8.contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
