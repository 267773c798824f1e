import Datasets
import Equipoise
import Glibc
import Platform

/// Reads the description of a saved front, beside the models of a real one. A valid front is described, chosen from,
/// and saved and loaded again.
func readFront(_ bytes: UnsafeRawBufferPointer) throws {
  try write(bytes, to: frontDirectory + "/front.json")
  let front = try Front.load(path: frontDirectory)
  _ = try JSONValue.parse(front.describe().text())
  _ = try JSONValue.parse(front.chosenReport().text())
  for rule in [#"{"rule": "knee"}"#, #"{"rule": "cost", "price": 0.5}"#, #"{"tolerances": [0.1]}"#, "{}"] {
    do { _ = try front.choose(ChoiceConfig(json: rule)).report.text() } catch { check(error) }
  }
  for index in [0, front.count - 1] { _ = try front.model(at: index).describe().text() }
  let saved = scratch + "/front-again"
  do { try front.save(path: saved) } catch { return check(error) }
  do { _ = try Front.load(path: saved) } catch {
    fputs("what was saved cannot be loaded: \(error)\n", stderr)
    abort()
  }
}

private let table = sampleTable(
  header: "x,g,y",
  row: { "\($0 * 37 % 11),\($0 % 2 == 0 ? "a" : "b"),\($0 * 37 % 11 + $0 % 2 * 3 > 6 ? 1 : 0)" })

private func searched() throws -> Front {
  let config = try FineTuneConfig(
    json: #"""
      {"data": {"label": "y", "sensitive": ["g"]}, "train": {"epochs": 1},
       "fairness": [{"objective": "demographic_parity", "tolerance": 0.1}],
       "search": {"space": {"/train/seed": [0, 1, 2]}, "folds": 2, "certify": 0}}
      """#)
  return try search(
    Model.make(ArchitectureConfig(json: #"{"kind": "logistic"}"#)), train: table, validation: nil, config)
}

/// A saved front; each input replaces its description.
private let frontDirectory: String = {
  let path = scratch + "/front"
  do { try searched().save(path: path) } catch { fatalError("\(error)") }
  return path
}()

/// Writes the seeds of the corpus: the description of a front.
func writeFrontSeeds(to folder: String) throws {
  try searched().save(path: scratch + "/seed")
  let file = try MappedFile(path: scratch + "/seed/front.json")
  try write(file.bytes, to: folder + "/front.json")
}
