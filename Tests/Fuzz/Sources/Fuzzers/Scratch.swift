import Glibc
import Platform

/// A folder in memory for input that must have a path.
let scratch: String = {
  var template = Array("/dev/shm/equipoise-fuzz-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { fatalError("no folder in /dev/shm") }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  scratchToRemove = path
  atexit { _ = system("rm -rf '\(scratchToRemove)'") }
  return path
}()
private var scratchToRemove = ""

/// A directory with the weights of the model in the corpus `record`.
let recordDirectory: String = {
  let path = scratch + "/model"
  mkdir(path, 0o777)
  guard let weights = getenv("FUZZ_WEIGHTS") else { fatalError("FUZZ_WEIGHTS names the file of weights") }
  let source = String(cString: weights)
  let name = source.split(separator: "/").last.map(String.init) ?? ""
  symlink(source, path + "/" + name)
  return path
}()

func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard file >= 0 else { throw Failure.system("write", path) }
  defer { close(file) }
  guard Glibc.write(file, bytes.baseAddress, bytes.count) == bytes.count else {
    throw Failure.system("write", path)
  }
}
