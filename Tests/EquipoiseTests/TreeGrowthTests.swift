import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// XGBoost's C library in the environment that Tests/Interchange/environment.sh creates.
enum RealXGBoost {
  static let path: String? = {
    var found = glob_t()
    defer { globfree(&found) }
    let here = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let pattern = here + "/build/interchange/lib/python3*/site-packages/xgboost/lib/libxgboost.so"
    guard glob(pattern, 0, nil, &found) == 0, let first = found.gl_pathv[0] else {
      return nil
    }
    let path = String(cString: first)
    setenv("EQUIPOISE_XGBOOST_LIBRARY", path, 1)
    return path
  }()

  /// Names a library that does not exist, until `show`.
  static func hide() {
    _ = path  // which sets the variable when it is first read
    setenv("EQUIPOISE_XGBOOST_LIBRARY", "/nowhere/libxgboost.so", 1)
  }

  static func show() {
    if let path {
      setenv("EQUIPOISE_XGBOOST_LIBRARY", path, 1)
    } else {
      unsetenv("EQUIPOISE_XGBOOST_LIBRARY")
    }
  }
}

extension Trait where Self == ConditionTrait {
  static var needsXGBoost: Self {
    .enabled(if: RealXGBoost.path != nil, "needs the tools of Tests/Interchange/environment.sh")
  }
}

/// Growing and pruning of trees.
@Suite("Growing and pruning trees")
struct TreeGrowthTests {
  /// A LightGBM model of stumps: each tests whether a column is above 0.5.
  static func model(_ stumps: [(column: Int, below: Double, above: Double)], in directory: TemporaryDirectory)
    throws -> Model
  {
    var text = """
      tree
      version=v4
      num_class=1
      num_tree_per_iteration=1
      max_feature_idx=1
      objective=binary sigmoid:1
      feature_names=x z


      """
    for (place, stump) in stumps.enumerated() {
      text += """
        Tree=\(place)
        num_leaves=2
        num_cat=0
        split_feature=\(stump.column)
        threshold=0.5
        decision_type=2
        left_child=-1
        right_child=-2
        leaf_value=\(stump.below) \(stump.above)


        """
    }
    let path = directory.path + "/model.txt"
    try AtomicFile.write(text + "end of trees\n", to: path)
    return try Model.load(path: path)
  }

  /// 80 rows: with x = 1, three in four are positive; with x = 0, one in four. z is 1 in every other pair of
  /// rows, and group a has x = 1 more often.
  static func table() throws -> Dataset {
    let rows = 0..<80
    let x = rows.map { Float($0 / 40) }
    let dataset = try Dataset(rows: rows.count)
    try dataset.add(Column(name: "x", values: .float32(Buffer(copying: x))))
    try dataset.add(Column(name: "z", values: .float32(Buffer(copying: rows.map { Float($0 / 2 % 2) }))))
    let labels = rows.map { row in Int64(row % 4 == 3 ? (row < 40 ? 1 : 0) : (row < 40 ? 0 : 1)) }
    try dataset.add(Column(name: "y", values: .int64(Buffer(copying: labels))))
    try dataset.add(Column(name: "group", texts: rows.map { $0 % 10 < ($0 < 40 ? 3 : 8) ? "a" : "b" }))
    return dataset
  }

  static func scores(_ model: Model, _ rows: [[Float]]) throws -> [Double] {
    try TreeModelTests.scores(model, rows).map { Double($0[0]) }
  }

  static func logit(_ p: Double) -> Double { log(p / (1 - p)) }

  @Test(
    "A leaf of a grown tree is worth −η Σg / (Σh + λ), with p − y and p (1 − p) by hand",
    .needsXGBoost)
  func leafByHand() throws {
    let directory = try TemporaryDirectory()
    let base = try Self.model([(column: 1, below: -0.5, above: 0.5)], in: directory)
    let table = try Self.table()
    let (grown, report) = try fineTune(
      base, train: table, validation: table,
      FineTuneConfig(
        json: #"""
          {"data": {"label": "y", "include": ["x", "z"]},
           "train": {"epochs": 0, "trees": {"grow": 1, "depth": 1, "learning_rate": 0.3, "lambda": 2}}}
          """#))
    // z divides both halves of x alike, so the logits are −½ and ½ in turn.
    let (low, high) = (1 / (1 + exp(0.5)), 1 / (1 + exp(-0.5)))
    let curvature = 20 * low * (1 - low) + 20 * high * (1 - high)
    // Of x = 0 ten in forty are positive.
    let below = -0.3 * (20 * low + 20 * high - 10) / (curvature + 2)
    let above = -0.3 * (20 * low + 20 * high - 30) / (curvature + 2)
    let expected = [below - 0.5, below + 0.5, above - 0.5, above + 0.5]
    let found = try Self.scores(grown, [[0, 0], [0, 1], [1, 0], [1, 1]]).map(Self.logit)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-4 }, "\(found) \(expected)")
    #expect(report["trees"]?["grown"]?.int == 1 && report["trees"]?["before"]?.int == 1)
    // The base stays.
    #expect(try abs(Self.logit(Self.scores(base, [[1, 1]])[0]) - 0.5) < 1e-6)
  }

  @Test("Row weights count in the sums of a grown tree's leaf, by hand", .needsXGBoost)
  func weightsByHand() throws {
    let directory = try TemporaryDirectory()
    let base = try Self.model([(column: 1, below: -0.5, above: 0.5)], in: directory)
    let table = try Self.table()
    let weights = (0..<80).map { Float($0 >= 40 && $0 % 4 != 3 ? 2 : 1) }
    try table.add(Column(name: "w", values: .float32(Buffer(copying: weights))))
    let (grown, _) = try fineTune(
      base, train: table, validation: table,
      FineTuneConfig(
        json: #"""
          {"data": {"label": "y", "include": ["x", "z"], "weight": "w"},
           "train": {"epochs": 0, "trees": {"grow": 1, "depth": 1, "learning_rate": 0.3, "lambda": 2}}}
          """#))
    let (low, high) = (1 / (1 + exp(0.5)), 1 / (1 + exp(-0.5)))
    let below =
      -0.3 * (20 * low + 20 * high - 10) / (20 * low * (1 - low) + 20 * high * (1 - high) + 2)
    // With x = 1, twenty rows with z = 0 and ten with z = 1 are positive and count twice; ten with z = 1 are negative.
    let above =
      -0.3 * (40 * low + 30 * high - 60) / (40 * low * (1 - low) + 30 * high * (1 - high) + 2)
    let expected = [below - 0.5, below + 0.5, above - 0.5, above + 0.5]
    let found = try Self.scores(grown, [[0, 0], [0, 1], [1, 0], [1, 1]]).map(Self.logit)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-4 }, "\(found) \(expected)")
  }

  @Test(
    "A penalty on the gap of selection rates turns the grown trees against it",
    .needsXGBoost)
  func penalty() throws {
    let directory = try TemporaryDirectory()
    let base = try Self.model([(column: 0, below: -1, above: 1)], in: directory)
    let table = try Self.table()
    func spread(_ weight: Double) throws -> Double {
      let (grown, _) = try fineTune(
        base, train: table, validation: table,
        FineTuneConfig(
          json: #"""
            {"data": {"label": "y", "include": ["x", "z"], "sensitive": ["group"]},
             "fairness": [{"objective": "demographic_parity", "weight": \#(weight)}],
             "train": {"epochs": 0, "trees": {"grow": 20, "depth": 1}}}
            """#))
      let found = try Self.scores(grown, [[0, 0], [1, 0]])
      return found[1] - found[0]
    }
    let (without, with) = (try spread(0), try spread(3))
    // The labels differ by x in half of the rows; group a is 30% of one half and 80% of the other.
    #expect(without > 0.4 && with < without / 2, "\(without) \(with)")
  }

  // Among the rows to train on with y = 1 − z, the second tree is right; among all rows it is as often wrong.
  @Test("A tree that is harmful on the validation rows is pruned, the others stay", arguments: [false, true])
  func pruning(helpsInTraining: Bool) throws {
    let directory = try TemporaryDirectory()
    let table = try Self.table()
    let (labels, z) = (try table.column("y").numbers().array, try table.column("z").numbers().array)
    let train = try table.selecting(rows: (0..<80).filter { !helpsInTraining || labels[$0] == 1 - z[$0] })
    let base = try Self.model(
      [
        (column: 0, below: -1, above: 1), (column: 1, below: 1.5, above: -1.5),
        (column: 0, below: -0.1, above: 0.1),
      ],
      in: directory)
    let (tuned, report) = try fineTune(
      base, train: train, validation: table,
      FineTuneConfig(
        json: #"{"data": {"label": "y"}, "train": {"epochs": 0, "trees": {"prune": true}}}"#))
    #expect(report["trees"]?["pruned"]?.int == 1 && report["trees"]?["grown"]?.int == 0)
    let found = try Self.scores(tuned, [[0, 0], [0, 1], [1, 0]]).map(Self.logit)
    #expect(zip(found, [-1.1, -1.1, 1.1]).allSatisfy { abs($0 - $1) < 1e-5 }, "\(found)")
  }

  @Test("Pruning keeps a constraint's gap where it is")
  func pruningKeepsGaps() throws {
    let directory = try TemporaryDirectory()
    let table = try Self.table()
    // The second tree reverses the first: all decisions are equal, and the loss is larger.
    let base = try Self.model(
      [(column: 0, below: -1, above: 1), (column: 0, below: 0.9, above: -1.1)], in: directory)
    func pruned(_ fairness: String) throws -> Int? {
      try fineTune(
        base, train: table, validation: table,
        FineTuneConfig(
          json: #"""
            {"data": {"label": "y", "sensitive": ["group"]}, "fairness": [\#(fairness)],
             "train": {"epochs": 0, "trees": {"prune": true}}}
            """#)
      ).report["trees"]?["pruned"]?.int
    }
    #expect(try pruned("") == 1)
    #expect(try pruned(#"{"objective": "demographic_parity", "tolerance": 0.05}"#) == 0)
  }

  @Test("Without XGBoost's library the error says what was tried, and what to install")
  func withoutLibrary() throws {
    let directory = try TemporaryDirectory()
    let base = try Self.model([(column: 0, below: -1, above: 1)], in: directory)
    RealXGBoost.hide()
    defer { RealXGBoost.show() }
    let failure = try #require(
      #expect(throws: Failure.self) {
        try fineTune(
          base, train: Self.table(), validation: nil,
          FineTuneConfig(
            json: #"""
              {"data": {"label": "y"}, "train": {"trees": {"grow": 1}}}
              """#))
      })
    #expect(failure.kind == .unsupported && failure.location == "/train/trees")
    for words in ["/nowhere/libxgboost.so", "libxgboost0", "xgboost-cpu"] {
      #expect(failure.message.contains(words), "\(failure.message)")
    }
  }

  @Test(
    "Trees grown for LightGBM's model of Adult: a gap under 0.02, none asks for sex, saved as LightGBM's",
    .needsSharedData, .needsXGBoost)
  func adult() throws {
    let reference = try TreeTuningTests.reference.get()
    let train = try AdultRows.table("adult.data", by: reference)
    let test = try AdultRows.table("adult.test", by: reference)
    let base = try TreeModelTests.model("reference/tabular/adult-lightgbm.txt")
    let (tuned, report) = try fineTune(
      base, train: train, validation: nil,
      FineTuneConfig(
        json: #"""
          {"data": {"label": "income", "sensitive": ["gender"], "exclude": ["sex"]},
           "train": {"epochs": 10, "batch_size": 512, "optimizer": {"name": "adamw", "learning_rate": 0.01},
                     "schedule": {"name": "cosine", "warmup": 0.05},
                     "trees": {"grow": 20, "depth": 4}},
           "fairness": [{"objective": "demographic_parity", "tolerance": 0.005}]}
          """#))
    #expect(report["trees"]?["grown"]?.int == 20)
    let blind = try Dataset(rows: test.rows)
    for name in test.names where name != "sex" { try blind.add(test.column(name)) }
    let judged = try TreeTuningTests.judge(tuned, blind)
    print(judged)
    #expect(judged.gap < 0.02 && judged.accuracy >= 0.84)
    let rows = try Array(AdultRows.coded("adult.test", by: reference).rows.prefix(500))
    let before = try TreeModelTests.scores(tuned, rows)
    for (ending, format) in [(".txt", "lightgbm"), (".json", "xgboost"), (".onnx", "onnx")] {
      #expect(
        try TreeModelTests.worst(TreeModelTests.again(tuned, ending, format, rows), before) < 2e-6,
        "\(format)")
    }
  }
}
