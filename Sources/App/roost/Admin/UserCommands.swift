import ArgumentParser
import JSON
import RoostServer

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which account is meant.
struct AccountOption: ParsableArguments {
    @Option(help: "The account, 12 digits; the server's own when absent.")
    var account: String?

    var member: (String, JSONValue?) { ("accountId", .text(account)) }
}

struct UserCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Users: who acts for an account with the rights that policies give.",
        subcommands: [Create.self, List.self, Delete.self, PutPolicy.self, DeletePolicy.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a user.")

        @Option(help: "1 to 64 letters, digits or any of _+=,.@-")
        var name: String
        @Option(help: "Begins and ends with /.")
        var path: String = "/"
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run("CreateUser", [account.member, ("userName", .text(name)), ("path", .text(path))])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List an account's users.")
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run("ListUsers", [account.member], columns: ["userName", "arn", "policies", "created"])
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a user that has no access keys.")

        @Option(help: "The user.")
        var name: String
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("DeleteUser", [account.member, ("userName", .text(name))]) }
    }

    struct PutPolicy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set one of a user's own policies.")

        @Option(help: "The user.")
        var name: String
        @Option(help: "The policy's name.")
        var policy: String
        @Option(help: "A file with the policy, JSON.")
        var document: String
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            guard let bytes = FileManager.default.contents(atPath: document), let text = String(validating: bytes, as: UTF8.self) else {
                throw ValidationError("'\(document)' cannot be read as text")
            }
            try await options.run(
                "PutUserPolicy",
                [account.member, ("userName", .text(name)), ("policyName", .text(policy)), ("policyDocument", .text(text))])
        }
    }

    struct DeletePolicy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove one of a user's own policies.")

        @Option(help: "The user.")
        var name: String
        @Option(help: "The policy's name.")
        var policy: String
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run("DeleteUserPolicy", [account.member, ("userName", .text(name)), ("policyName", .text(policy))])
        }
    }
}
