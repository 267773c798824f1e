import Equipoise
import Formats
import Glibc
import Platform

/// Reads `config.json` with the weights and the tokenizer of the tests' tiny model of its type. A valid model
/// predicts, and can be written and read again.
func readTransformer(_ bytes: UnsafeRawBufferPointer) throws {
  let type = try JSONValue.parse(String(decoding: bytes, as: UTF8.self), failing: .invalidModel)["model_type"]
  guard let directory = transformerDirectories[type?.string ?? "bert"] else { return }
  try AtomicFile.write(to: directory + "/config.json") { try $0(bytes) }
  let model = try Model.load(path: directory)
  _ = model.describe().text()
  predictTexts(model)
  let saved = scratch + "/saved-transformer"
  do { try model.save(path: saved) } catch { return check(error) }
  do { predictTexts(try Model.load(path: saved)) } catch {
    fputs("what was saved cannot be read: \(error)\n", stderr)
    abort()
  }
}

/// For each type, a directory with all files that a model needs except `config.json`; most of the tests'
/// models have no tokenizer, and BERT's is used.
private let transformerDirectories: [String: String] = {
  guard let resources = getenv("FUZZ_TRANSFORMERS").map({ String(cString: $0) }) else {
    fatalError("FUZZ_TRANSFORMERS names the folder of the tiny models")
  }
  var directories: [String: String] = [:]
  for type in [
    "albert", "bert", "deberta-v2", "distilbert", "electra", "gpt2", "roberta", "xlm-roberta",
  ] {
    let directory = "\(scratch)/\(type)"
    mkdir(directory, 0o777)
    let hasTokenizer = access("\(resources)/\(type)/tokenizer.json", R_OK) == 0
    let tokenizer = hasTokenizer ? "tokenizer.json" : "vocab.txt"
    for (owner, file) in [
      (type, "model.safetensors"), (hasTokenizer ? type : "bert", tokenizer),
      (hasTokenizer ? type : "bert", "tokenizer_config.json"),
    ] {
      symlink("\(resources)/\(owner)/\(file)", "\(directory)/\(file)")
    }
    directories[type] = directory
  }
  return directories
}()

func predictTexts(_ model: Model) {
  guard model.scoreCount <= 1 << 12 else { return }
  var scores = [Float](repeating: 0, count: max(model.scoreCount, 1) * 2)
  "w5 w9 w33".withCString { first in
    "w47 w8 w21 w40 w11 w30 w6".withCString { second in
      do {
        try model.predict(texts: [first, second], rows: 2, scores: &scores, scoreCount: scores.count)
      } catch {
        check(error)
      }
    }
  }
}
