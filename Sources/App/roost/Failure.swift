import ArgumentParser
import RoostServer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How commands end when they fail.
enum Failure {
    /// Runs `body`; says on stderr what failed. Exit code 64 (EX_USAGE) for settings, 1 for everything else.
    static func reported(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let error as ConfigurationError {
            Output.write("roost: \(error)\n", to: STDERR_FILENO)
            throw ExitCode(EX_USAGE)
        } catch {
            Output.write("roost: \(error)\n", to: STDERR_FILENO)
            throw ExitCode.failure
        }
    }
}

/// Unbuffered text for terminals and pipes.
enum Output {
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let written = systemWrite(descriptor, start, rest.count)
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }

    static let isTerminal = isatty(STDOUT_FILENO) == 1
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int { write(descriptor, bytes, count) }
