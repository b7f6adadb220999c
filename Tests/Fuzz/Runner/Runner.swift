import Foundation
import FuzzCases

// libFuzzer calls these. `WEIR_FUZZ_FAMILY` names the family; `WEIR_FUZZ_SEEDS` a folder for its seeds.

private let family =
    ProcessInfo.processInfo.environment["WEIR_FUZZ_FAMILY"].flatMap(FuzzFamily.init) ?? .replies

/// Before the corpus is read: puts the seeds into it.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["WEIR_FUZZ_SEEDS"] else { return 0 }
    for (index, seed) in family.seeds().enumerated() {
        _ = FileManager.default.createFile(atPath: "\(folder)/seed-\(index)", contents: Data(seed))
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try family.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(family.rawValue): \(error)")
    }
    return 0
}
