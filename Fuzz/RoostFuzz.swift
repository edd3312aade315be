// The coverage-guided fuzzer's way in. `Fuzz/run` builds and starts it; which target runs is said by ROOST_FUZZ_TARGET. `list` prints
// the targets' names instead.

import FuzzTargets
import Glibc

private let target: FuzzTarget = {
    let name = getenv("ROOST_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        fatalError("ROOST_FUZZ_TARGET must be one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    }
    return target
}()

/// Writes the target's own corpus into ROOST_FUZZ_CORPUS, so that the fuzzer begins with something.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ argc: UnsafeMutablePointer<CInt>, _ argv: UnsafeMutableRawPointer) -> CInt {
    if getenv("ROOST_FUZZ_TARGET").map({ String(cString: $0) }) == "list" {
        for target in FuzzTarget.all { print(target.name) }
        exit(0)
    }
    guard let folder = getenv("ROOST_FUZZ_CORPUS") else { return 0 }
    for (index, bytes) in target.corpus.enumerated() {
        guard let file = fopen("\(String(cString: folder))/seed-\(index)", "w") else { fatalError("cannot write the corpus") }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else { fatalError("cannot write the corpus") }
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
