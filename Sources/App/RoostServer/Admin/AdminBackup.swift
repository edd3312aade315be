import HTTPTypes
import JSON
import Model

/// Backups over the admin door: `{"target": "/absolute/path"}` answers `{"lsn": N}` when the backup is durable.
struct AdminBackup: Sendable {
    /// Writes a backup into a folder of the server's machine; returns its position.
    let backUp: @Sendable (String) async throws -> LSN

    func add(to operations: inout AdminOperations) {
        operations["BackUp"] = { call in
            let target = try call.required("target")
            guard target.hasPrefix("/") else { throw AdminError.validation("target must be an absolute path") }
            do {
                return ["lsn": .integer(try await backUp(target).rawValue)]
            } catch {
                throw AdminError(.internalServerError, "BackUpFailed", "\(error)")
            }
        }
    }
}
