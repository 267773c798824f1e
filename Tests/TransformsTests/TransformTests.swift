import Datasets
import Equipoise
import Platform
import Testing
import Transforms

@Suite("Transforms as a whole")
struct TransformTests {
  /// Rows to which every step can be applied.
  static func rows(_ count: Int = 120) throws -> Dataset {
    var random = RandomStream(seed: 3)
    let groups = (0..<count).map { ["a", "b", "c"][$0 % 3] }
    let labels = (0..<count).map { $0 % 4 == 0 ? 1 : 0 }
    return try Dataset([
      Column(name: "g", texts: groups),
      Column(name: "x", numbers: labels.map { Double($0) + random.normal() }),
      Column(name: "n", integers: (0..<count).map { Int64($0 * 7 % 13) }),
      Column(name: "v", numbers: (0..<count).map { _ in random.normal() }),
      Column(name: "w", numbers: (0..<count).map { _ in random.normal() }),
      Column(name: "y", integers: labels.map { Int64($0) }),
    ])
  }

  /// A configuration of each step by its name; steps without keys are not listed.
  static let keys = [
    "prevalence": #", "shares": {"1": 0.5}"#, "learned_representation": #", "steps": 20"#,
    "optimized_preprocessing": #", "columns": ["x"], "distortion": 2"#,
    "conditional_gan": #", "steps": 20, "batch": 20, "hidden": 8"#,
  ]

  static func config(_ step: String) -> String {
    #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "\#(step)"\#(keys[step] ?? "")}]}"#
  }

  @Test(
    "A saved and loaded transform changes rows like the fitted one",
    arguments: StepTable.all.map { $0.name })
  func roundTrip(step: String) throws {
    let (transform, _, report) = try prepared(Self.rows(), Self.config(step))
    let loaded = try transform.save().withUnsafeBytes { try Transform(restoring: $0) }
    #expect(try loaded.apply(Self.rows()).digest() == transform.apply(Self.rows()).digest())
    #expect(loaded.describe() == transform.describe())
    #expect(try JSONValue.parse(report.text()) == report)
    #expect(try transform.apply(Self.rows()).rows == 120)
  }

  @Test("Bytes that were changed or cut are refused")
  func integrity() throws {
    var bytes = try prepared(Self.rows(), Self.config("reweighing")).transform.save()
    bytes[40] ^= 1
    #expect(failure { _ = try bytes.withUnsafeBytes { try Transform(restoring: $0) } }?.kind == .integrity)
    #expect(
      failure { _ = try bytes[..<20].withUnsafeBytes { try Transform(restoring: $0) } }?.kind == .integrity)
  }

  @Test(
    "Bytes that were changed and sealed again load or are refused, and what loads is applied or says why",
    arguments: StepTable.all.map { $0.name })
  func strangers(step: String) throws {
    let rows = try Self.rows(30)
    let content = Array(try prepared(rows, Self.config(step)).transform.save().dropLast(8 + Digest.length))
    var random = RandomStream(seed: 77)
    for _ in 0..<60 {
      var changed = content
      for _ in 0...random.below(4) {
        changed[random.below(changed.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      let digest = Digest()
      changed.withUnsafeBytes { digest.update($0) }
      var ending = ByteWriter()
      ending.write(digest.finish())
      let found = failure {
        let transform = try (changed + ending.bytes).withUnsafeBytes { try Transform(restoring: $0) }
        _ = try transform.apply(rows)
      }
      #expect(found?.kind != .internal)
    }
  }

  @Test("Steps run in order: what one leaves the next learns from")
  func order() throws {
    let rows = try table("a,y\n1,0\n,1\n3,0\n1,0\n")
    let result = try prepared(
      rows,
      #"{"data": {"label": "y"}, "steps": [{"name": "duplicates"}, {"name": "imputation", "numbers": "mean"}, "#
        + #"{"name": "standardization", "method": "range"}]}"#)
    // Without the duplicate the mean is 2.
    #expect(try result.rows.numbers("a") == [0, 0.5, 1])
    #expect(
      result.report["steps"]?.array?.compactMap { $0["name"]?.string } == [
        "duplicates", "imputation", "standardization",
      ])
  }

  @Test(
    "Unsupported requests are errors that say where and why",
    arguments: [
      (#"{"data": {"label": "y"}, "steps": []}"#, "/steps", "no step"),
      (#"{"data": {"label": "y"}, "steps": [{"name": "reweighin"}]}"#, "/steps/0/name", "reweighing"),
      (#"{"data": {"label": "y"}, "steps": [{"ratio": 1}]}"#, "/steps/0/name", "missing"),
      (#"{"data": {"label": "y"}, "steps": [{"name": "reweighing"}]}"#, "/steps/0", "groups"),
      (#"{"data": {"sensitive": ["g"]}, "steps": [{"name": "reweighing"}]}"#, "/steps/0", "labels"),
      (
        #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "reweighing", "attributes": ["x"]}]}"#,
        "/steps/0/attributes/0", "not among"
      ),
      (
        #"{"data": {"label": "x", "sensitive": ["g"]}, "steps": [{"name": "reweighing"}]}"#, "/steps/0",
        "amount"
      ),
      (
        #"{"data": {"label": "y"}, "steps": [{"name": "random_oversampling", "ratio": 2}]}"#,
        "/steps/0/ratio",
        "out of range"
      ),
      (
        #"{"data": {"label": "y"}, "steps": [{"name": "standardization", "columns": ["y"]}]}"#,
        "/steps/0/columns/0", "label"
      ),
      (
        #"{"data": {"label": "y"}, "steps": [{"name": "clipping", "lower": 0.9, "upper": 0.1}]}"#,
        "/steps/0/lower", "below"
      ),
    ])
  func errors(json: String, location: String, word: String) throws {
    let found = failure { _ = try prepared(Self.rows(), json) }
    #expect(
      found?.kind == .invalidConfig && found?.location == location && found?.message.contains(word) == true)
  }

  @Test("A column without any value cannot be filled, and the message says what does")
  func allMissing() throws {
    let rows = try Dataset([
      Column(name: "a", numbers: [.nan, .nan]), Column(name: "y", integers: [0, 1]),
    ])
    let json = #"{"data": {"label": "y"}, "steps": [{"name": "imputation"}]}"#
    let found = failure { _ = try prepared(rows, json) }
    #expect(
      found?.kind == .invalidData && found?.location == "a" && found?.message.contains("constant") == true)
  }

  @Test("A tuning on reweighed rows is the tuning with these weights in a column, bit by bit")
  func prepare() throws {
    let (train, held) = (try Self.rows(200), try Self.rows(60))
    let weighed = try prepared(train, Self.config("reweighing")).rows
    let model = try Model.make(ArchitectureConfig(json: #"{"hidden": [4]}"#))
    let rest = #""train": {"epochs": 3, "batch_size": 32}}"#
    let own = try fineTune(
      model, train: train, validation: held,
      FineTuneConfig(
        json: #"{"data": {"label": "y", "sensitive": ["g"]}, "prepare": [{"name": "reweighing"}], "# + rest))
    let column = try Dataset(
      held.columns + [Column(name: "weight", numbers: [Double](repeating: 1, count: 60))])
    let given = try fineTune(
      model, train: weighed, validation: column,
      FineTuneConfig(json: #"{"data": {"label": "y", "sensitive": ["g"], "weight": "weight"}, "# + rest))
    #expect(try own.model.predict(held).digest() == given.model.predict(held).digest())
    #expect(own.report["prepare"]?[0]?["name"]?.string == "reweighing")
  }
}
