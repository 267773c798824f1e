// Fuzzers TARGET [libFuzzer's options and folders]: throws mutated bytes at one of the library's readers.
// Whatever the bytes are, a reader gives a value or throws a Failure; a trap, or memory that it does not
// own, is a defect. `Fuzzers seeds CORPUS` writes the folders "auditor" and "transform" of the corpus, for when
// their formats change.
import CLibFuzzer
import Glibc

private let name = CommandLine.arguments.dropFirst().first ?? ""
if name == "seeds", let folder = CommandLine.arguments.dropFirst(2).first {
  try writeAuditorSeeds(to: folder + "/auditor")
  try writeTransformSeeds(to: folder + "/transform")
  exit(0)
}
guard let chosen = targets[name] else {
  fputs("usage: Fuzzers \(targets.keys.sorted().joined(separator: "|")) [options]\n", stderr)
  exit(2)
}
target = chosen

// libFuzzer sees the arguments without the target's name.
private var count = CommandLine.argc - 1
private var arguments = CommandLine.unsafeArgv
arguments[1] = arguments[0]
private var shifted: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments + 1
exit(
  LLVMFuzzerRunDriver(&count, &shifted) { data, size in
    do {
      try target(UnsafeRawBufferPointer(start: data, count: size))
    } catch {
      check(error)
    }
    return 0
  })
