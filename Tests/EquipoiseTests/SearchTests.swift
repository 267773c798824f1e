import Datasets
import Equipoise
import Glibc
import Platform
import Testing

@testable import Tuning

@Suite("Searches over configurations")
struct SearchTests {
  static let data = #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["town", "race"]}"#
  static let fairness = #""fairness": [{"objective": "demographic_parity", "tolerance": 0.2}]"#

  static func config(_ search: String, _ train: String = #"{"epochs": 2}"#) throws -> FineTuneConfig {
    try FineTuneConfig(
      json: #"{\#(data), \#(fairness), "train": \#(train), "search": \#(search)}"#)
  }

  static func front(
    _ search: String, rows: Int = 400, model: String = #"{"kind": "logistic"}"#,
    train: String = #"{"epochs": 2}"#, progress: ((JSONValue) -> Bool)? = nil
  ) throws -> Front {
    try Tuning.search(
      Model.make(model), train: SyntheticTable.biased(rows: rows), validation: nil, config(search, train),
      progress: progress)
  }

  /// The description without the times.
  static func untimed(_ front: Front) throws -> JSONValue {
    func strip(_ json: JSONValue) -> JSONValue {
      switch json {
      case .object(let members):
        .object(members.filter { $0.key != "seconds" }.map { .init($0.key, strip($0.value)) })
      case .array(let elements): .array(elements.map(strip))
      default: json
      }
    }
    return strip(front.describe())
  }

  static let grid = grid("")

  static func grid(_ more: String) -> String {
    #"{"space": {"/fairness/0/tolerance": [0.2, 0.05], "/train/optimizer/learning_rate": [0.01, 0.1]}, "#
      + #""folds": 1\#(more)}"#
  }

  // MARK: The whole

  @Test(
    "A grid's front has models with their values, the chosen one is returned, and its report has the front")
  func grid() throws {
    let table = try SyntheticTable.biased(rows: 400)
    let (model, report) = try fineTune(
      Model.make(#"{"kind": "logistic"}"#), train: table, validation: nil, Self.config(Self.grid))
    let search = try #require(report["search"])
    #expect(search["method"] == "grid" && search["trials"] == 4 && search["trainings"] == 4)
    let front = try #require(search["front"]?.array)
    #expect(!front.isEmpty && front.count <= 4)
    let chosen = try #require(search["chosen"]?.int)
    #expect(front.indices.contains(chosen))
    #expect(front[chosen]["values"]?["/fairness/0/tolerance"]?.double != nil)
    #expect(try model.predict(table).rows == 400)
    #expect(search["certificate"]?["rows"] == 80)
    #expect(search["rows"]?["search"] == 320 && search["rows"]?["judged"] == 64)
    // The report is that of the chosen model's training, with the tolerance of its candidate.
    #expect(report["constraints"]?[0]?["asked"] == front[chosen]["values"]?["/fairness/0/tolerance"])
  }

  @Test("The number of threads does not change the result of trainings too small to be divided")
  func threads() throws {
    defer { try? WorkerPool.setThreads(0) }
    try WorkerPool.setThreads(1)
    let alone = try Self.untimed(Self.front(Self.grid))
    try WorkerPool.setThreads(2)
    #expect(try Self.untimed(Self.front(Self.grid)) == alone)
  }

  @Test("Default candidates are tolerances around the one that is asked, and a training without a constraint")
  func defaults() throws {
    let front = try Self.front(#"{"folds": 1}"#)
    let candidates = try #require(front.describe()["candidates"]?.array)
    let tolerances = candidates.map { $0["values"]?["/fairness/0/tolerance"]?.double }
    #expect(candidates.last?["values"] == ["/fairness": []])
    #expect(tolerances == [0.3, 0.2, 0.16, 0.12, 0.09, 0.06, 0.04, 0.02, nil])
  }

  @Test(
    "For a new network, default candidates are also a logistic model, a network with dropout and trees, if trials allow it"
  )
  func defaultKinds() throws {
    let growsTrees = RealXGBoost.path != nil
    func models(_ search: String) throws -> [JSONValue?] {
      let front = try Self.front(search, model: #"{"hidden": [4], "seed": 3}"#)
      return try #require(front.describe()["candidates"]?.array).map { $0["values"]?["/model"] }
    }
    let found = try models(#"{"folds": 1}"#)
    #expect(found.count == (growsTrees ? 28 : 19) && found.prefix(9).allSatisfy { $0 == nil })
    #expect(found[9..<14].allSatisfy { $0?["hidden"] == [] && $0?["seed"] == 3 })
    #expect(found[14..<19].allSatisfy { $0?["hidden"] == [4] && $0?["dropout"] == 0.2 })
    #expect(found[19...].allSatisfy { $0?["kind"] == "trees" && $0?["seed"] == 3 })
    #expect(try models(#"{"folds": 1, "trials": 18}"#).count == 9)
  }

  @Test("Candidates that differ only in their constraints continue from one network without constraints")
  func sharedFit() throws {
    let front = try Self.front(
      #"{"space": {"/fairness/0/tolerance": [1, 0.02]}, "folds": 1}"#, rows: 600, train: "{}")
    let reports = try (0..<front.count).map { try front.report(at: $0) }
    #expect(Set(reports.map { $0["unconstrained"]?["loss"]?.double ?? .nan }).count == 1)
    #expect(
      reports.allSatisfy { report in
        (report["history"]?.array ?? []).allSatisfy { $0["phase"] == "constrain" }
      })
    // The strict candidate has been trained further.
    #expect(reports.contains { !($0["history"]?.array ?? []).isEmpty })
  }

  @Test("Cross-validation judges every row once, and the models of the front learn from all rows")
  func crossValidation() throws {
    let front = try Self.front(
      #"{"space": {"/fairness/0/tolerance": [0.2, 0.05]}, "folds": 3, "repeats": 2, "certify": 0}"#)
    let json = front.describe()
    #expect(json["rows"]?["search"] == 400 && json["rows"]?["judged"] == 400 && json["trainings"] == 12)
    #expect(json["certificate"] == .null)
    // A tenth is set aside by the training itself.
    let rows = try front.report(at: 0)["rows"]
    #expect((rows?["train"]?.int ?? 0) + (rows?["validation"]?.int ?? 0) == 400)
  }

  @Test(
    "Several classes and regressions are searched, with bounds by their own intervals",
    arguments: ["colour", "value"])
  func tasks(label: String) throws {
    let json =
      #"{"data": {"label": "\#(label)", "sensitive": ["sex"], "include": ["x1", "x2"]}, "#
      + #""fairness": [{"objective": "demographic_parity", "tolerance": 0.5}], "train": {"epochs": 1}, "#
      + #""search": {"space": {"/train/seed": [0, 1]}, "folds": 2}}"#
    let front = try Tuning.search(
      Model.make(#"{"kind": "linear"}"#), train: SyntheticTable.classes(), validation: nil,
      FineTuneConfig(json: json))
    let described = front.describe()
    #expect(described["goals"]?[0]?["goal"] == .string(label == "value" ? "mse" : "accuracy"))
    let gap = try #require(described["front"]?[0]?["gaps"]?[0])
    let (value, upper) = (try #require(gap["value"]?.double), try #require(gap["upper"]?.double))
    #expect(upper > value && upper.isFinite)
    #expect(described["certificate"]?["gaps"]?[0]?["met"]?.string != nil)
  }

  @Test("The kind of model can vary: the given network, or a new one")
  func kinds() throws {
    let front = try Self.front(
      #"{"space": {"/model": ["base", {"kind": "logistic"}], "/fairness/0/tolerance": [1]}, "folds": 1}"#,
      model: #"{"hidden": [3]}"#)
    let kinds = try (0..<front.count).map {
      try front.model(at: $0).requireNetwork().network.graph.parameters.count
    }
    #expect(Set(kinds).isSubset(of: [2, 4]))
    #expect(front.describe()["candidates"]?.array?.count == 2)
  }

  // MARK: Stopping and saving

  private static func folder(_ name: String) -> String {
    let base =
      "\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/equipoise-search-\(getpid())-\(name)"
    return base
  }

  private static func remove(_ folder: String) {
    for inner in (try? SaveDirectory.entries(folder)) ?? [] {
      if unlink("\(folder)/\(inner)") != 0 { remove("\(folder)/\(inner)") }
    }
    rmdir(folder)
  }

  @Test("A search that was stopped continues from its folder, and gives the front of one that was not")
  func resuming() throws {
    let folder = Self.folder("resuming")
    defer { Self.remove(folder) }
    let kept = Self.grid(#", "directory": "\#(folder)""#)
    var finished = 0
    #expect {
      _ = try Self.front(kept) { event in
        finished += event["phase"] == "search" && event["step"] != 0 ? 1 : 0
        return finished < 1
      }
    } throws: { ($0 as? Failure)?.kind == .cancelled }
    let begun = try SaveDirectory.entries(folder + "/trials").count
    #expect(begun >= 1 && begun < 4)
    let continued = try Self.front(kept)
    let whole = try Self.front(Self.grid)
    #expect(try Self.untimed(continued) == Self.untimed(whole))
    // All trials are there now, so that nothing is trained.
    let again = try Self.front(kept) { event in event["phase"] == "search" && event["step"] == 0 }
    #expect(try Self.untimed(again) == Self.untimed(whole))
    let table = try SyntheticTable.biased(rows: 50, seed: 9)
    #expect(try again.model(at: 0).predicted(on: table) == whole.model(at: 0).predicted(on: table))
    // Another search is refused.
    #expect {
      _ = try Self.front(Self.grid(#", "seed": 1, "directory": "\#(folder)""#))
    } throws: { ($0 as? Failure)?.kind == .integrity }
  }

  @Test("A saved front has the same description, models and reports")
  func saving() throws {
    let folder = Self.folder("saving")
    defer { Self.remove(folder) }
    let front = try Self.front(Self.grid)
    try front.save(path: folder)
    let loaded = try Front.load(path: folder)
    #expect(loaded.describe() == front.describe())
    let table = try SyntheticTable.biased(rows: 50, seed: 9)
    for index in 0..<front.count {
      #expect(try loaded.model(at: index).predicted(on: table) == front.model(at: index).predicted(on: table))
      #expect(try loaded.report(at: index) == front.report(at: index))
    }
    let rule = try ChoiceConfig(json: #"{"rule": "knee"}"#)
    #expect(try loaded.choose(rule).report == front.choose(rule).report)
  }

  @Test(
    "Damaged descriptions of a front are refused",
    arguments: [
      ("{}", "version"), (#"{"kind": "front", "version": 1}"#, "quality"),
      (
        #"{"kind": "front", "version": 1, "quality": "accuracy", "confidence": 0.9, "goals": [], "rule": {}}"#,
        "no models"
      ),
      (
        #"{"kind": "front", "version": 1, "quality": "accuracy", "confidence": 0.9, "goals": [], "rule": {}, "models": [{"trial": -1}]}"#,
        "without number"
      ),
      (
        #"{"kind": "front", "version": 1, "quality": "accuracy", "confidence": 0.9, "goals": [{"objective": "x"}], "rule": {}}"#,
        "goal"
      ),
    ])
  func damaged(json: String, message: String) throws {
    #expect {
      _ = try Front(JSONValue.parse(json), at: "front.json") { _ in throw Failure.internal("not reached") }
    } throws: {
      ($0 as? Failure)?.kind == .invalidModel && ($0 as? Failure)?.message.contains(message) == true
    }
  }

  // MARK: Errors

  @Test(
    "Searches that cannot work are refused before any training",
    arguments: [
      (#"{"space": {"/train/learning_rate": [0.1]}}"#, "/search/space", "is not a key here"),
      (#"{"space": {"/train/optimizer/learning_rate": ["fast"]}}"#, "/search/space", "a number"),
      (#"{"space": {"/fairness/1/tolerance": [0.1]}}"#, "/search/space", "an array of 1"),
      (#"{"space": {"/train/epochs": []}}"#, "/search/space/~1train~1epochs", "empty"),
      (#"{"space": {"/train/epochs": 3}}"#, "/search/space/~1train~1epochs", "an array of values"),
      (#"{"space": {"epochs": [3]}}"#, "/search/space", "JSON pointer"),
      (#"{"space": {"/search/seed": [3]}}"#, "/search/space", "does not vary"),
      (
        #"{"space": {"/train/epochs": {"from": 3, "to": 1}}}"#, "/search/space/~1train~1epochs/to",
        "less than"
      ),
      (
        #"{"space": {"/train/seed": {"from": 0, "to": 1, "scale": "log"}}}"#,
        "/search/space/~1train~1seed/from",
        "logarithm"
      ),
      (
        #"{"space": {"/train/seed": [0, 1, 2]}, "method": "grid", "trials": 2}"#, "/search/method",
        "3 combinations"
      ),
      (#"{"quality": "selection_rat"}"#, "/search/quality", "is not a metric"),
      (#"{"choose": {"tolerances": [0.1, 0.2]}, "folds": 1}"#, "/search/choose/tolerances", "1 goals"),
      (#"{"halving": {"from": 3, "to": 2}}"#, "/search/halving/to", "less than"),
      (#"{"space": {"/model/hidden": [[0]]}}"#, "/search/space", "out of range"),
      (#"{"spaces": {}}"#, "/search/spaces", "space"),
    ])
  func refused(search: String, location: String, message: String) throws {
    #expect {
      _ = try Self.front(search) { _ in
        Issue.record("a training began")
        return false
      }
    } throws: { error in
      let failure = error as? Failure
      #expect(failure?.location == location && failure?.message.contains(message) == true, "\(error)")
      return failure?.kind == .invalidConfig
    }
  }

  @Test("An objective whose gap no audit reports, and a search with nothing to vary, are refused")
  func unsuited() throws {
    let table = try SyntheticTable.biased(rows: 100)
    func search(_ fairness: String) throws {
      _ = try Tuning.search(
        Model.make(#"{"kind": "logistic"}"#), train: table, validation: nil,
        FineTuneConfig(json: #"{\#(Self.data), "fairness": [\#(fairness)], "search": {}}"#))
    }
    #expect { try search(#"{"objective": "covariance", "tolerance": 0.1}"#) } throws: {
      ($0 as? Failure)?.kind == .unsupported && ($0 as? Failure)?.location == "/fairness/0/objective"
    }
    #expect { try search("") } throws: { ($0 as? Failure)?.location == "/search/space" }
  }
}
