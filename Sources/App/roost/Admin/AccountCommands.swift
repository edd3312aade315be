import ArgumentParser

struct AccountCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Accounts: owners of buckets and queues.",
        subcommands: [Create.self, List.self, Update.self, Delete.self])
    static let columns = ["accountId", "displayName", "email", "canonicalId"]

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")

        @Option(help: "12 digits; made up when absent.")
        var id: String?
        @Option(help: "What ACL grants name it by; made of the id when absent.")
        var canonicalID: String?
        @Option(help: "What it is shown as.")
        var name: String
        @Option(help: "An address that ACL grants may name it by.")
        var email: String?
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run(
                "CreateAccount",
                [("accountId", .text(id)), ("canonicalId", .text(canonicalID)), ("displayName", .text(name)), ("email", .text(email))])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all accounts.")
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("ListAccounts", [], columns: AccountCommands.columns) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete an account that owns no buckets and no queues, with its users and access keys.")

        @Argument(help: "The account, 12 digits.") var id: String
        @OptionGroup var options: AdminOptions

        func run() async throws { try await options.run("DeleteAccount", [("accountId", .text(id))]) }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change an account's name or e-mail address.")

        @Option(help: "The account; the server's own when absent.")
        var id: String?
        @Option(help: "What it is shown as from now on.")
        var name: String?
        @Option(help: "Its address from now on; \"\" for none.")
        var email: String?
        @OptionGroup var options: AdminOptions

        func run() async throws {
            try await options.run("UpdateAccount", [("accountId", .text(id)), ("displayName", .text(name)), ("email", .text(email))])
        }
    }
}
