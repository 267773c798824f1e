import Datasets
import Equipoise
import Platform

/// Generated tables with a known bias: women (sex "f") get lower scores from x1 and job, and are labelled
/// positive less often.
enum SyntheticTable {
  /// Columns x1, x2 (with missing values), job, town (wide), sex, race (with missing values), y.
  static func biased(rows: Int = 600, seed: UInt64 = 1) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var x1: [Double] = [], x2: [Double] = [], y: [Int64] = []
    var job: [String?] = [], town: [String?] = [], sex: [String?] = [], race: [String?] = []
    for row in 0..<rows {
      let isMan = random.uniform() < 0.5
      let merit = random.uniform() * 2 - 1
      sex.append(isMan ? "m" : "f")
      race.append(row % 29 == 3 ? nil : ["a", "b", "c"][random.below(3)])
      x1.append(merit + (isMan ? 0.6 : -0.6))
      x2.append(row % 17 == 5 ? .nan : random.uniform() * 10)
      job.append(row % 23 == 7 ? nil : random.uniform() < (isMan ? 0.8 : 0.3) ? "smith" : "clerk")
      town.append("town \(random.below(40))")
      let odds = 2.5 * merit + (isMan ? 0.9 : -0.9)
      // Women's labels are noisier, so that any model makes more errors on them.
      let isTrue = isMan || random.uniform() < 0.8
      y.append((odds + random.uniform() * 2 - 1 > 0) == isTrue ? 1 : 0)
    }
    return try Dataset([
      Column(name: "x1", numbers: x1), Column(name: "x2", numbers: x2), Column(name: "job", texts: job),
      Column(name: "town", texts: town), Column(name: "sex", texts: sex), Column(name: "race", texts: race),
      Column(name: "y", integers: y),
    ])
  }

  /// Three classes that x1 and x2 determine, as text or as integers, and the value x1 + x2 / 2.
  static func classes(rows: Int = 450, seed: UInt64 = 2) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var x1: [Double] = [], x2: [Double] = [], value: [Double] = [], number: [Int64] = []
    var name: [String?] = [], sex: [String?] = []
    for row in 0..<rows {
      let kind = row % 3
      x1.append(Double(kind) + random.uniform() * 0.8)
      x2.append(Double(kind == 1 ? 2 : 0) + random.uniform())
      name.append(["red", "green", "blue"][kind])
      number.append([5, 10, 20][kind])
      sex.append(random.uniform() < 0.5 ? "m" : "f")
      value.append(x1[row] + x2[row] / 2 + random.uniform() * 0.1)
    }
    return try Dataset([
      Column(name: "x1", numbers: x1), Column(name: "x2", numbers: x2), Column(name: "sex", texts: sex),
      Column(name: "colour", texts: name), Column(name: "size", integers: number),
      Column(name: "value", numbers: value),
    ])
  }

  static func csv(_ text: String) throws -> Dataset {
    try Array(text.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "table.csv") }
  }
}

extension Model {
  static func make(_ json: String) throws -> Model { try make(ArchitectureConfig(json: json)) }

  func tuned(
    on table: Dataset, validation: Dataset? = nil, _ json: String, progress: ((JSONValue) -> Bool)? = nil
  ) throws -> (model: Model, report: JSONValue) {
    try fineTune(self, train: table, validation: validation, FineTuneConfig(json: json), progress: progress)
  }

  /// All numbers of a prediction's column.
  func predicted(_ column: String = "score", on table: Dataset) throws -> [Float] {
    try predict(table).column(column).numbers().array
  }

  /// All weights, tensor by tensor.
  func weights() throws -> [[Float]] {
    try requireNetwork().network.graph.parameters.map { try $0.values.array }
  }

  func weight(_ name: String) throws -> [Float] {
    let found = try requireNetwork().network.graph.parameters.first { $0.name == name }
    guard let found else { throw Failure.invalidData("no parameter \(name)") }
    return try found.values.array
  }
}

/// The largest difference between two lists of equal length; infinite if the lengths differ.
func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
  guard first.count == second.count else { return .infinity }
  return zip(first, second).map { abs($0 - $1) }.max() ?? 0
}

/// The number at a path of keys and indices in a report.
func number(_ json: JSONValue, _ path: String...) -> Double? {
  var value: JSONValue? = json
  for key in path { value = Int(key).flatMap { value?[$0] } ?? value?[key] }
  return value?.double
}
