import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Boosted trees that `eqp_model_new` makes and `eqp_finetune` grows.
@Suite("New models of trees")
struct NewTreesTests {
  /// A column of numbers with missing values, one of whole numbers, six categories, and labels of two and of three
  /// classes that depend on them.
  static func table() throws -> Dataset {
    let rows = 0..<240
    let colours = ["red", "green", "blue", "grey", "pink", "teal"]
    func wave(_ row: Int) -> Int { row * 29 % 23 }
    return try Dataset([
      Column(
        name: "x",
        values: .float32(
          Buffer(copying: rows.map { $0 % 11 == 0 ? Float.nan : Float($0 * 37 % 101) / 100 }))),
      Column(name: "w", integers: rows.map { Int64($0 * 53 % 17) }),
      Column(name: "c", texts: rows.map { colours[$0 * 7 % 6] }),
      Column(
        name: "y",
        integers: rows.map { row in
          Double(wave(row) + row % 6 * 3) + Double(row * 37 % 101) / 6 > 28 ? 1 : 0
        }),
      Column(name: "k", integers: rows.map { Int64((wave($0) / 8 + $0 % 6 / 3) % 3) }),
      Column(name: "group", texts: rows.map { $0 % 2 == 0 ? "a" : "b" }),
    ])
  }

  /// Trained on all rows of the table.
  static func grown(_ label: String, rounds: Int) throws -> Model {
    let table = try table()
    return try Model.make(#"{"kind": "trees"}"#).tuned(
      on: table, validation: table,
      #"""
      {"data": {"label": "\#(label)", "include": ["x", "w", "c"]},
       "train": {"trees": {"grow": \#(rounds), "depth": 3, "learning_rate": 0.3, "subsample": 1}}}
      """#
    ).model
  }

  // Figures of xgboost 3.2: xgb.train(dict(objective="binary:logistic", max_depth=3, eta=0.3, base_score=y.mean(),
  // tree_method="hist"), DMatrix(x, w, c as categories), 20).
  @Test("Two classes: the trees are those of XGBoost with the same settings", .needsXGBoost)
  func binary() throws {
    let found = try Self.grown("y", rounds: 20).predicted(on: Self.table())
    let expected: [Float] = [
      0.0895535722, 0.1992067844, 0.5170172453, 0.2824266255, 0.6721334457, 0.8998355269, 0.0654337704,
      0.3170712888,
    ]
    #expect(largestDifference(Array(found.prefix(8)), expected) <= 1e-5)
  }

  // The same with objective="multi:softprob", 10 rounds, and the logarithms of the classes' shares as base_margin.
  @Test("Three classes: the trees are those of XGBoost with the same settings", .needsXGBoost)
  func multiclass() throws {
    let table = try Self.table()
    let found = try Self.grown("k", rounds: 10).predict(table)
    let expected: [[Float]] = [
      [0.3342444897, 0.4308890700, 0.2348664254], [0.4318724871, 0.2406071723, 0.3275203705],
      [0.3473017216, 0.3744575381, 0.2782407999], [0.3037545085, 0.4049826860, 0.2912628055],
    ]
    for (kind, name) in ["0", "1", "2"].enumerated() {
      let scores = try found.column("score_\(name)").numbers().array
      #expect(largestDifference(Array(scores.prefix(4)), expected.map { $0[kind] }) <= 1e-5)
    }
  }

  @Test(
    "Rounds are chosen on held-out rows; every format predicts the same, also for unseen and missing categories",
    .needsXGBoost, arguments: ["model.json", "model.ubj", "model.txt", "model.onnx", "model"])
  func formats(file: String) throws {
    let table = try SyntheticTable.biased(rows: 1200)
    let (tuned, report) = try Model.make(#"{"kind": "trees"}"#).tuned(
      on: table, #"{"data": {"label": "y", "sensitive": ["sex", "race"]}}"#)
    #expect(tuned.inputNames == ["x1", "x2", "job", "town"])
    let losses = (report["trees"]?["rounds"]?.array ?? []).compactMap { $0["validation_loss"]?.double }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(report["trees"]?["grown"]?.int == best + 1 && losses.count == best + 1 + 50)
    let folder = try TemporaryDirectory()
    let path = folder.path + "/" + file
    try tuned.save(path: path)
    let loaded = try Model.load(path: path)
    let strange = try Dataset([
      Column(name: "x1", numbers: [0.5, .nan]), Column(name: "x2", numbers: [1e6, .nan]),
      Column(name: "job", texts: ["astronaut", nil]), Column(name: "town", texts: ["nowhere", nil]),
    ])
    for rows in [try table.selecting(columns: ["x1", "x2", "job", "town"]), strange] {
      #expect(try largestDifference(loaded.predicted(on: rows), tuned.predicted(on: rows)) <= 2e-6)
    }
  }

  @Test("A tolerance is kept on unseen rows, without the groups as inputs", .needsXGBoost)
  func constrained() throws {
    let table = try SyntheticTable.biased(rows: 4000)
    let unseen = try SyntheticTable.biased(rows: 8000, seed: 7)
    func tuned(_ fairness: String) throws -> (accuracy: Double, gap: Double) {
      let (model, report) = try Model.make(#"{"kind": "trees"}"#).tuned(
        on: table, #"{"data": {"label": "y", "sensitive": ["sex"]}, "fairness": [\#(fairness)]}"#)
      if !fairness.isEmpty { #expect(report["constraints"]?[0]?["met"]?.string != "no") }
      let audit = try audit(
        model, on: unseen, AuditConfig(json: #"{"data": {"label": "y", "sensitive": ["sex"]}}"#))
      return (
        try #require(audit["overall"]?["accuracy"]?.double),
        try #require(audit["attributes"]?[0]?["fairness"]?["demographic_parity_difference"]?.double)
      )
    }
    let (free, kept) = (try tuned(""), try tuned(#"{"objective": "demographic_parity", "tolerance": 0.1}"#))
    #expect(free.gap > 0.3 && kept.gap < 0.12, "\(free) \(kept)")
    #expect(kept.accuracy > 0.65, "\(free) \(kept)")
  }

  @Test("A regression explains its label; a column of numbers can be one of categories", .needsXGBoost)
  func regression() throws {
    let table = try SyntheticTable.classes()
    let (tuned, _) = try Model.make(#"{"kind": "trees"}"#).tuned(
      on: table,
      #"""
      {"data": {"label": "value", "include": ["x1", "x2", "size"]}, "task": "regression",
       "encoding": {"columns": {"size": {"kind": "category"}}}}
      """#)
    let audit = try audit(
      tuned, on: table, AuditConfig(json: #"{"data": {"label": "value", "sensitive": ["sex"]}}"#))
    #expect(try #require(audit["overall"]?["r2"]?.double) > 0.95)
    let folder = try TemporaryDirectory()
    let path = folder.path + "/model.json"
    try tuned.save(path: path)
    #expect(
      try largestDifference(Model.load(path: path).predicted(on: table), tuned.predicted(on: table)) <= 1e-5)
  }

  @Test("A head, and settings of other kinds, are refused; so is growth without XGBoost's library")
  func refused() throws {
    let table = try SyntheticTable.biased()
    let base = try Model.make(#"{"kind": "trees"}"#)
    let data = #""data": {"label": "y", "sensitive": ["sex"]}"#
    let head = #expect(throws: Failure.self) {
      try base.tuned(on: table, "{\(data), \"train\": {\"head\": {}}}")
    }
    #expect(head?.location == "/train/head")
    RealXGBoost.hide()
    defer { RealXGBoost.show() }
    let missing = #expect(throws: Failure.self) { try base.tuned(on: table, "{\(data)}") }
    #expect(missing?.kind == .unsupported && missing?.message.contains("/nowhere/libxgboost.so") == true)
  }
}
