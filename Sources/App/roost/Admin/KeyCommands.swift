import ArgumentParser
import JSON

struct KeyCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Access keys of users and of accounts' roots.",
        subcommands: [Create.self, List.self, Rotate.self, Activate.self, Deactivate.self, Delete.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an access key and show its secret, this once.",
            discussion: "A secret given on the command line can be seen by others on the machine while the command runs.")

        @Option(help: "The user that it acts for; the account's root when absent.")
        var user: String?
        @Option(help: "A given access key id; made up when absent.")
        var accessKey: String?
        @Option(help: "A given secret; made up when absent.")
        var secretKey: String?
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "CreateAccessKey",
                [
                    account.member, ("userName", .text(user)), ("accessKeyId", .text(accessKey)), ("secretAccessKey", .text(secretKey)),
                ])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the access keys of an account or of one user.")

        @Option(help: "Only this user's.")
        var user: String?
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "ListAccessKeys", [account.member, ("userName", .text(user))],
                columns: ["accessKeyId", "userName", "status", "secretEnding", "created"])
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make another key for the same user or root, show its secret, this once, and refuse the old one from then on.")

        @Argument(help: "The old access key's id.") var id: String
        @Flag(help: "Let the old one act beside the new one, until it is deactivated or deleted.")
        var keepOld = false
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run("RotateAccessKey", [("accessKeyId", .text(id)), ("keepOld", .bool(keepOld))])
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a deactivated access key act again.")
        @Argument(help: "The access key's id.") var id: String
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("UpdateAccessKey", [("accessKeyId", .text(id)), ("active", .bool(true))]) }
    }

    struct Deactivate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse an access key from the next request on, its presigned URLs too.")
        @Argument(help: "The access key's id.") var id: String
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("UpdateAccessKey", [("accessKeyId", .text(id)), ("active", .bool(false))]) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete an access key for good.")
        @Argument(help: "The access key's id.") var id: String
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("DeleteAccessKey", [("accessKeyId", .text(id))]) }
    }
}

struct URLCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "url", abstract: "Presigned URLs.", subcommands: [Revoke.self])

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw presigned URLs: those with a URL id, or all of an access key that were made until now.")

        @Argument(help: "The x-roost-url-id of the URLs.") var id: String?
        @Option(help: "All URLs of this access key instead.")
        var accessKey: String?
        @Option(help: "With --access-key: those made until this time, like 2026-01-02T03:04:05Z, for signers with a fast clock.")
        var madeUntil: String?
        @OptionGroup var account: AccountOption
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "RevokeURLs",
                [account.member, ("urlId", .text(id)), ("accessKeyId", .text(accessKey)), ("madeUntil", .text(madeUntil))])
        }
    }
}
