import Configurations
import Datasets
import Equipoise
import Platform
import Testing

@testable import Models

@Suite("Reductions over networks that read texts and images")
struct ReductionMediaTests {
  private static func gap(_ labels: [Float], _ groups: [String]) -> Double {
    let shares = Set(groups).map { group -> Double in
      let own = labels.indices.filter { groups[$0] == group }
      return Double(own.filter { labels[$0] == 1 }.count) / Double(max(own.count, 1))
    }
    return (shares.max() ?? 0) - (shares.min() ?? 0)
  }

  @Test("A text model keeps a tolerance that it breaks without a reduction; the best of its models is saved")
  func texts() throws {
    let base = try Model.load(path: resourceBERT)
    // The term determines the label, except in some rows, and is the group.
    let groups = (0..<120).map { $0 % 2 == 0 ? "a" : "b" }
    let rows = try Dataset([
      Column(
        name: "text", texts: (0..<120).map { "w\(10 + $0 % 7) \(["w31", "w32"][$0 % 2]) w\(20 + $0 % 9)" }),
      Column(name: "group", texts: groups),
      Column(name: "label", integers: (0..<120).map { Int64(($0 + ($0 % 8 == 3 ? 1 : 0)) % 2) }),
    ])
    func tuned(_ reduction: String) throws -> (model: Model, report: JSONValue) {
      try fineTune(
        base, train: rows, validation: rows,
        FineTuneConfig(
          json: """
            {"data": {"text": "text", "label": "label", "sensitive": ["group"]}\(reduction),
             "train": {"epochs": 6, "batch_size": 20, "dropout": 0, "optimizer": {"learning_rate": 0.01}}}
            """))
    }
    let free = try tuned("").model.predicted("label", on: rows)
    let (model, report) = try tuned(
      #", "fairness": [{"objective": "demographic_parity", "tolerance": 0.2}], "reduction": {}"#)
    #expect(Self.gap(free, groups) > 0.4)
    #expect(try #require(number(report, "constraints", "0", "train", "gap")) <= 0.2 + 1e-6)
    let labels = try model.predicted("label", on: rows)
    // Decisions are drawn: the bound and three standard errors of 60 rows in each group.
    #expect(Self.gap(labels, groups) < 0.2 + 3 * 0.09)
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: Failure.self) { try model.save(path: directory.path + "/mixture") }
    #expect(failure?.kind == .unsupported && failure?.message.contains("\"best\"") == true)
    let (best, _) = try tuned(
      #", "fairness": [{"objective": "demographic_parity", "tolerance": 0.2}], "reduction": {"result": "best"}"#
    )
    try best.save(path: directory.path + "/best")
    #expect(
      try Model.load(path: directory.path + "/best").predicted(on: rows) == best.predicted(on: rows))
  }

  @Test("A network of images keeps a tolerance that it breaks without a reduction", .needsSharedData)
  func images() throws {
    let digits = try ImageTrainingTests.digits(500)
    let numbers = try digits.column("label").numbers().array
    let rows = try Dataset(digits.columns)
    // Six of ten small digits are even, four of ten large ones.
    try rows.add(Column(name: "even", integers: numbers.map { Int64($0) % 2 == 0 ? 1 : 0 }))
    let groups = numbers.map { $0 < 5 ? "small" : "large" }
    let base = try Model.load(path: SharedData.path("reference/tabular/vgg-small.onnx"))
    func tuned(_ reduction: String) throws -> (model: Model, report: JSONValue) {
      try fineTune(
        base, train: rows, validation: rows,
        FineTuneConfig(
          json: """
            {"data": {"label": "even", "sensitive": ["group"], "exclude": ["label"]}\(reduction),
             "train": {"epochs": 2, "batch_size": 32, "head": {"hidden": [8]}, "optimizer": {"learning_rate": 3e-3}}}
            """))
    }
    let (free, before) = try tuned("")
    #expect(Self.gap(try free.predicted("label", on: rows), groups) > 0.12, "\(before["notes"] ?? .null)")
    let (_, report) = try tuned(
      #", "fairness": [{"objective": "demographic_parity", "tolerance": 0.05}], "reduction": {}"#)
    #expect(try #require(number(report, "constraints", "0", "train", "gap")) <= 0.05 + 1e-6)
  }
}
