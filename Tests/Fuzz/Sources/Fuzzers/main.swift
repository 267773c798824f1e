// Fuzzers TARGET [libFuzzer's options and folders]: calls one of the library's readers with mutated bytes.
// For any bytes, a reader must return a value or throw a Failure; a trap, or an access outside its memory, is
// a defect. `Fuzzers seeds CORPUS` writes the folders "auditor", "transform" and "front" of the corpus, to be used
// when their formats change.
import CLibFuzzer
import Glibc

private let name = CommandLine.arguments.dropFirst().first ?? ""
if name == "seeds", let folder = CommandLine.arguments.dropFirst(2).first {
  try writeAuditorSeeds(to: folder + "/auditor")
  try writeTransformSeeds(to: folder + "/transform")
  try writeFrontSeeds(to: folder + "/front")
  exit(0)
}
guard let chosen = targets[name] else {
  fputs("usage: Fuzzers \(targets.keys.sorted().joined(separator: "|")) [options]\n", stderr)
  exit(2)
}
target = chosen

// libFuzzer gets the arguments without the target's name.
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
