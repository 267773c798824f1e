import Engine
import Equipoise
import Formats
import Glibc
import Platform

/// Reads an adapter for the tests' tiny BERT: the bytes are `adapter_config.json`, a 0, and
/// `adapter_model.safetensors`. A valid adapter predicts, and can be written and read again.
func readAdapter(_ bytes: UnsafeRawBufferPointer) throws {
  guard let base = getenv("FUZZ_BERT").map({ String(cString: $0) }) else {
    fatalError("FUZZ_BERT is not set")
  }
  guard let end = bytes.firstIndex(of: 0) else { return }
  let directory = scratch + "/adapter"
  mkdir(directory, 0o777)
  try AtomicFile.write(to: directory + "/adapter_config.json") {
    try $0(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
  }
  try AtomicFile.write(to: directory + "/adapter_model.safetensors") {
    try $0(UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...]))
  }
  let options = try LoadOptions(json: #"{"base": "\#(base)"}"#)
  let model = try Model.load(path: directory, options: options)
  predictTexts(model)
  let saved = scratch + "/saved-adapter"
  do {
    try model.save(path: saved, options: SaveOptions(json: #"{"format": "peft", "base": "\#(base)"}"#))
  } catch { return check(error) }
  do { predictTexts(try Model.load(path: saved)) } catch {
    fputs("what was saved cannot be read: \(error)\n", stderr)
    abort()
  }
}
