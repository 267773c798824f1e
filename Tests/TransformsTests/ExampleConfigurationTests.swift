import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("The configurations of examples/configurations")
struct ExampleConfigurationTests {
  private static let folder: String = {
    let here = #filePath.split(separator: "/").dropLast(3)
    return "/" + here.joined(separator: "/") + "/examples/configurations"
  }()

  private static let names: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".json") { names.append(name) }
    }
    return names.sorted()
  }()

  /// A table with the columns of the lending data, some values missing.
  private static func lending(_ rows: Int) throws -> Dataset {
    var random = RandomStream(seed: 12)
    var csv =
      "income,debt_ratio,years_employed,occupation,region,purpose,credit_history_years,sex,group,approved\n"
    for row in 0..<rows {
      let income = 2000 + random.below(5000)
      let approved = income + (row % 2 == 0 ? 800 : 0) + random.below(2000) > 5500
      csv += "\(random.below(10) == 0 ? "" : String(income)),0.\(10 + random.below(80)),\(random.below(20)),"
      csv += "\(["clerk", "nurse", "driver"][random.below(3)]),\(["north", "south"][random.below(2)]),"
      csv += "\(["car", "house"][random.below(2)]),\(random.below(30)),\(row % 2 == 0 ? "male" : "female"),"
      csv += "\(["A", "B", "C"][random.below(3)]),\(approved ? "yes" : "no")\n"
    }
    return try table(csv)
  }

  @Test("Each runs on rows of the lending table and changes what it names", arguments: names)
  func runs(name: String) throws {
    let file = try MappedFile(path: Self.folder + "/" + name)
    let json = String(decoding: file.bytes, as: UTF8.self)
    let rows = try Self.lending(300)
    if json.contains("\"adjust\"") { return try adjusts(rows, json) }
    guard json.contains("\"steps\"") else {
      let model = try Model.make(ArchitectureConfig(json: #"{"hidden": [4]}"#))
      let (tuned, report) = try fineTune(model, train: rows, validation: nil, FineTuneConfig(json: json))
      #expect((report["prepare"]?.array?.count ?? 0) == (json.contains("\"prepare\"") ? 2 : 0))
      #expect((report["search"] != nil) == json.contains("\"search\""))
      #expect((report["adjusted"] != nil) == json.contains("\"after\""))
      #expect(try tuned.predict(rows).rows == rows.rows)
      return
    }
    let result = try prepared(rows, json)
    #expect(try result.rows.digest() != rows.digest())
    #expect(try result.transform.apply(rows).rows == rows.rows)
  }

  /// With the probability of each sex, as from a name.
  private static func withProbabilities(_ rows: Dataset) throws -> Dataset {
    var random = RandomStream(seed: 13)
    let female = (0..<rows.rows).map { row in (row % 2 == 0 ? 0 : 0.5) + 0.5 * random.uniform() }
    return try Dataset(
      rows.columns + [
        Column(name: "p_female", numbers: female), Column(name: "p_male", numbers: female.map { 1 - $0 }),
      ])
  }

  /// An adjustment of a model, or of scores where the configuration names their column.
  private func adjusts(_ lending: Dataset, _ json: String) throws {
    let rows = try Self.withProbabilities(lending)
    let model = try Model.make(ArchitectureConfig(json: #"{"kind": "logistic"}"#))
    let (base, _) = try fineTune(
      model, train: rows, validation: nil,
      FineTuneConfig(
        json:
          #"{"data": {"label": "approved", "sensitive": ["sex"], "exclude": ["group", "p_female", "p_male"]}, "train": {"epochs": 1}}"#
      ))
    let config = try AdjustConfig(json: json)
    let takesScores = config.data?.score != nil
    var options = PredictOptions()
    options.keep = ["sex", "approved"]
    let scored = takesScores ? try base.predict(rows, options) : rows
    let (adjusted, report) = try adjust(takesScores ? nil : base, on: scored, config)
    #expect(report["methods"]?.array?.count == config.adjust.count)
    let predictions = try adjusted.predict(scored)
    let before = try base.predict(rows)
    let changed = try ["score", "label"].contains { name in
      try predictions.column(name).categories().codes.array != before.column(name).categories().codes.array
    }
    #expect(changed || predictions.names != before.names)
  }

  @Test("There are configurations to run")
  func present() { #expect(Self.names.count >= 12) }
}
