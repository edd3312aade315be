import Environment

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct CommandError: Error {
    let command: String
    let status: Int32
}

/// Runs a program of the search path and returns what it printed. Throws when it fails.
func run(_ program: String, _ arguments: [String]) async throws -> String {
    let pool = BlockingPool(name: "command", threadCount: 1, queueMax: 1)
    defer { pool.shutDown() }
    return try await pool.run { try runBlocking(program, arguments) }
}

private func runBlocking(_ program: String, _ arguments: [String]) throws -> String {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw CommandError(command: program, status: errno) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process = pid_t()
    let spawned = posix_spawnp(&process, program, &actions, nil, &words, environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard spawned == 0 else { throw CommandError(command: program, status: spawned) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(ends[0], &piece, piece.count)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { break }
        bytes.append(contentsOf: piece[..<count])
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw CommandError(command: program, status: status) }
    return String(decoding: bytes, as: UTF8.self)
}
