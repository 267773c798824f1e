import Datasets
import Engine
import Equipoise
import Formats
import Glibc
import Platform

typealias Target = (UnsafeRawBufferPointer) throws -> Void

/// The target that this process fuzzes.
var target: Target = { _ in }

/// The name of each reader of untrusted bytes.
let targets: [String: Target] = [
  "csv": { try readTable($0, named: "fuzz.csv") },
  "jsonl": { try readTable($0, named: "fuzz.jsonl") },
  "conll": { try readTable($0, named: "fuzz.conll") },
  "configuration": decodeConfiguration,
  "onnx": readONNX,
  "revision": reviseFile,
  "merging": mergeFile,
  "safetensors": readSafetensors,
  "xgboost": { try readTrees($0, "xgboost", ".json") },
  "lightgbm": { try readTrees($0, "lightgbm", ".txt") },
  "libsvm": { try readTrees($0, "libsvm", ".model") },
  "record": readRecord,
  "encoder": readEncoder,
  "auditor": restoreAuditor,
  "transform": restoreTransform,
  "front": readFront,
  "report": renderReport,
  "tokenizer": readTokenizer,
  "idx": { try readTable($0, named: "fuzz-idx3-ubyte") },
  "image": readImage,
  "adapter": readAdapter,
  "transformer": readTransformer,
  "tar": readTar,
]

/// Every error must be the library's, with a sentence; internal errors are not accepted.
func check(_ error: any Error) {
  guard let failure = error as? Failure, !failure.message.isEmpty, failure.kind != .internal else {
    fputs("not an error of the library: \(error)\n", stderr)
    abort()
  }
}

private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

/// Reads a table, describes it, and writes and reads it back.
private func readTable(_ bytes: UnsafeRawBufferPointer, named name: String) throws {
  let table = try Dataset.read(bytes: bytes, named: name)
  _ = table.describe()
  _ = try table.digest()
  for column in table.columns {
    _ = try? column.categories()
    _ = try? column.numbers()
  }
  if table.rows > 1 { _ = try? table.split(SplitOptions(json: #"{"fractions": [0.5, 0.5]}"#)) }
}

/// Decodes the bytes as configurations of a fine-tuning and of an audit. Valid ones can be encoded to JSON
/// that decodes again, and run on a small table without crashing.
private func decodeConfiguration(_ bytes: UnsafeRawBufferPointer) throws {
  let json = text(bytes)
  do {
    var config = try FineTuneConfig(json: json)
    _ = try FineTuneConfig(json: config.encoded.text())
    // Large values are valid, but would take too long here.
    config.train.epochs = min(config.train.epochs ?? 2, 2)
    config.train.checkpoint = nil
    // A search has many trainings, and may write to a folder; its space is decoded all the same.
    config.search = nil
    let model = try Model.make(ArchitectureConfig(json: #"{"hidden": [3]}"#))
    do {
      let (tuned, report) = try fineTune(model, train: fuzzedTable, validation: nil, config)
      _ = try JSONValue.parse(report.text())
      _ = try tuned.predict(fuzzedTable)
    } catch {
      check(error)
    }
  } catch {
    check(error)
  }
  do {
    let config = try AdjustConfig(json: json)
    _ = try AdjustConfig(json: config.encoded.text())
    let (adjusted, report) = try adjust(nil, on: fuzzedScores, config)
    _ = try JSONValue.parse(report.text())
    _ = try adjusted.predict(fuzzedScores)
  } catch {
    check(error)
  }
  let config = try AuditConfig(json: json)
  _ = try JSONValue.parse(audit(nil, on: fuzzedTable, config).text())
}

private let fuzzedScores = sampleTable(
  header: "id,s,sex,race,y",
  row: { "\($0),0.\($0 * 37 % 97 + 1),\($0 % 2),\($0 % 5),\($0 * 37 % 97 > 40 ? 1 : 0)" })

private let fuzzedTable = sampleTable(
  header: "x,c,sex,race,y",
  row: { "\($0 % 7),\($0 % 3 == 0 ? "a" : "b"),\($0 % 2),\($0 % 5),\($0 % 4 == 0 ? 1 : 0)" })

/// 24 rows.
func sampleTable(header: String, row: (Int) -> String) -> Dataset {
  do {
    let csv = ([header] + (0..<24).map(row)).joined(separator: "\n") + "\n"
    return try Array(csv.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "sample.csv") }
  } catch {
    fatalError("\(error)")
  }
}

/// Reads the bytes as the only image of a folder.
private func readImage(_ bytes: UnsafeRawBufferPointer) throws {
  let folder = scratch + "/images"
  mkdir(folder, 0o777)
  mkdir(folder + "/class", 0o777)
  try AtomicFile.write(to: folder + "/class/fuzz.png") { try $0(bytes) }
  let options = try OpenOptions(json: #"{"image": {"resize": 8, "crop": [6, 7]}}"#)
  _ = try Dataset.open(path: folder, options: options).describe()
}

/// Reads a network, predicts a row and writes it.
private func readONNX(_ bytes: UnsafeRawBufferPointer) throws {
  let path = scratch + "/fuzz.onnx"
  try write(bytes, to: path)
  try use(Model.load(path: path))
}

/// Reads a model of another tool, predicts a row and writes the model, in its own format too.
private func readTrees(_ bytes: UnsafeRawBufferPointer, _ format: String, _ ending: String) throws {
  let path = scratch + "/fuzz" + ending
  try write(bytes, to: path)
  let model = try Model.load(path: path, options: LoadOptions(json: #"{"format": "\#(format)"}"#))
  try use(model)
  do { try model.save(path: path, options: SaveOptions(json: #"{"format": "\#(format)"}"#)) } catch {
    return check(error)
  }
  do { _ = try Model.load(path: path) } catch {
    fputs("what was saved as \(format) cannot be read: \(error)\n", stderr)
    abort()
  }
}

private func readSafetensors(_ bytes: UnsafeRawBufferPointer) throws {
  let file = try Safetensors.read(bytes: bytes)
  for entry in file.entries { _ = try? file.tensor(entry.name) }
  _ = try file.tensors()
}

/// Reads `equipoise.json` together with the weights of a real model.
private func readRecord(_ bytes: UnsafeRawBufferPointer) throws {
  try write(bytes, to: recordDirectory + "/equipoise.json")
  try use(Model.load(path: recordDirectory))
}

private func readEncoder(_ bytes: UnsafeRawBufferPointer) throws {
  let encoder = try TableEncoder(json: JSONValue.parse(text(bytes), failing: .invalidModel))
  guard encoder.width <= 1 << 16, encoder.slots.count <= 1 << 12 else { return }
  _ = try TableEncoder(json: encoder.json)
  var output = [Float](repeating: 0, count: max(encoder.width, 1) * 4)
  for value: Float in [0, 1, -1, .nan, 3e9, -.infinity, 0.5] {
    let features = [Float](repeating: value, count: max(encoder.slots.count, 1) * 4)
    do { try encoder.encode(features: features, rows: 4, into: &output) } catch { check(error) }
  }
  _ = try encoder.encode(fuzzedTable)
}

/// Predicts with, describes and saves a loaded model.
private func use(_ model: Model) throws {
  _ = model.describe().text()
  guard model.isTrained, model.featureCount <= 1 << 12, model.scoreCount <= 1 << 16 else {
    return
  }
  for value: Float in [0, 0.5, -3, 2, 100] {
    let features = [Float](repeating: value, count: max(model.featureCount, 1) * 3)
    var scores = [Float](repeating: 0, count: max(model.scoreCount, 1) * 3)
    do {
      try model.predict(
        features: features, rows: 3, columns: model.featureCount, scores: &scores, scoreCount: scores.count)
    } catch {
      check(error)
    }
    var labels = [Int32](repeating: 0, count: max(model.scoreCount, 1) * 3)
    do {
      try model.decide(
        features: features, rows: 3, columns: model.featureCount, groups: [0, 1, -7], keys: [1, 2, .max],
        scores: &scores, scoreCount: scores.count, labels: &labels, labelCount: labels.count)
    } catch {
      check(error)
    }
  }
  // A loaded model can be written, and the written file can be read.
  let path = scratch + "/saved.onnx"
  do { try model.save(path: path) } catch { return check(error) }
  do { _ = try Model.load(path: path) } catch {
    fputs("what was saved cannot be read: \(error)\n", stderr)
    abort()
  }
}
