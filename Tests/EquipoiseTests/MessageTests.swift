import Datasets
import Equipoise
import Platform
import Testing

/// Messages that were misleading before, with their present text.
@Suite("Messages say what is wrong")
struct MessageTests {
  private static func failure(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return error as? Failure
    }
  }

  private static func audited(_ table: Dataset, _ json: String) throws {
    _ = try audit(nil, on: table, AuditConfig(json: json))
  }

  private static func people() throws -> Dataset {
    try SyntheticTable.csv("g,y,p\na,1,1\nb,0,0\na,0,1\n")
  }

  @Test("The name of an objective leads to that of its measure")
  func objectives() throws {
    for name in ["demographic_parity", "equal_opportunity", "equalized_odds"] {
      let found = Self.failure {
        try Self.audited(
          Self.people(),
          #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]}, "policy": {"require": [{"metric": "\#(name)", "at_most": 0.1}]}}"#
        )
      }
      #expect(
        found?.message.contains("did you mean \"\(name)_difference\"?") == true, "\(found?.message ?? "")")
    }
  }

  @Test("The error of decisions that are not labels names the label, not a model that does not exist")
  func decisions() throws {
    let table = try SyntheticTable.csv("g,y,p\na,1,10\nb,0,2\na,0,1\n")
    let found = Self.failure {
      try Self.audited(table, #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]}}"#)
    }
    #expect(found?.message.contains("not among the values of the label") == true)
    #expect(found?.message.contains("model") == false)
    let holes = Self.failure {
      try Self.audited(
        SyntheticTable.csv("g,y,p\na,1,1\nb,0,\na,0,\n"),
        #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]}}"#)
    }
    #expect(
      holes?.message.contains("2 rows have no decision; the first is row 1 (line 3 of a table with a header)")
        == true)
  }

  @Test("Fractions add up to 1.1, not to 1.0999999999999999")
  func fractions() throws {
    let found = Self.failure {
      _ = try SplitOptions(json: #"{"fractions": [0.7, 0.2, 0.2]}"#).validate(at: "")
    }
    #expect(found?.message.contains("add up to 1.1;") == true)
  }

  @Test("Quantiles of a column with ties say what ties")
  func ties() throws {
    let table = try SyntheticTable.csv("g,y,p\n0,1,1\n0,0,0\n0,0,1\n0,1,0\n9,1,1\n")
    let found = Self.failure {
      try Self.audited(
        table, #"{"data": {"label": "y", "prediction": "p", "sensitive": [{"name": "g", "quantiles": 4}]}}"#)
    }
    #expect(
      found?.message.contains("4 of 5 rows have the smallest number, 0.0") == true,
      "\(found?.message ?? "")")
  }

  @Test("A group for each of many numbers has a note")
  func numbers() throws {
    let table = try SyntheticTable.csv(
      "age,y,p\n" + (0..<60).map { "\(20 + $0 % 30),\($0 % 2),\($0 % 3 % 2)\n" }.joined())
    let report = try audit(
      nil, on: table, AuditConfig(json: #"{"data": {"label": "y", "prediction": "p", "sensitive": ["age"]}}"#)
    )
    #expect(
      report["notes"]?.array?.contains { $0.string?.contains("30 groups, one for each number") == true }
        == true)
    let cut = try audit(
      nil, on: table,
      AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "p", "sensitive": [{"name": "age", "bins": [30, 40]}]}}"#))
    #expect(cut["notes"]?.array?.contains { $0.string?.contains("one for each number") == true } == false)
  }

  @Test("Endings of other formats do not create directories")
  func endings() throws {
    let model = try Model.make("{}")
    let folder = try TemporaryDirectory()
    for ending in ["pkl", "h5", "pt", "joblib"] {
      let found = Self.failure { try model.save(path: folder.path + "/x.\(ending)") }
      #expect(found?.kind == .unsupported && found?.message.contains(".onnx") == true)
    }
    let table = Self.failure { _ = try Dataset.open(path: folder.path + "/people.parquet") }
    #expect(table?.message.contains("Arrow stream") == true)
    let empty = Self.failure { _ = try Dataset.open(path: folder.path) }
    #expect(empty?.message.contains("a folder is read as images, and this one has none") == true)
  }

  @Test("The error of a fractional positive label says what is accepted; true means True")
  func positive() throws {
    let found = Self.failure { _ = try AuditConfig(json: #"{"data": {"label": "y", "positive": 1.5}}"#) }
    #expect(
      found?.message.contains("a string, an integer, a boolean or an array of these is accepted") == true)
    let table = try SyntheticTable.csv("g,y,p\na,True,True\nb,False,False\na,False,True\n")
    let report = try audit(
      nil, on: table,
      AuditConfig(json: #"{"data": {"label": "y", "prediction": "p", "positive": true, "sensitive": ["g"]}}"#)
    )
    #expect(number(report, "overall", "tpr") == 1 && report["positive"]?["value"] == "True")
  }

  @Test("Numbers that a double cannot represent are an error with their location")
  func pointers() throws {
    let found = Self.failure { _ = try JSONValue.parse(#"{"train": {"a/b": [1, 1e400]}}"#) }
    #expect(found?.location.hasPrefix("byte ") == true && found?.kind == .invalidConfig)
    let nan = Self.failure { _ = try JSONValue.parse(#"{"threshold": NaN}"#) }
    #expect(nan?.location.hasPrefix("byte ") == true)
  }

  @Test("A message quotes at most 200 bytes of a value")
  func excerpts() throws {
    let long = String(repeating: "ä", count: 5_000_000)
    let found = Self.failure {
      _ = try AuditConfig(json: #"{"data": {"label": "y", "prediction": "p"}, "task": "\#(long)"}"#)
    }
    #expect((found?.message.utf8.count ?? .max) < 1_000)
    #expect(found?.message.contains("regression") == true)
  }

  @Test("A directory of a transformer that is not supported says so, with weights or without")
  func transformers() throws {
    let folder = try TemporaryDirectory()
    try AtomicFile.write(to: folder.path + "/config.json") { write in
      try Array(#"{"model_type": "t5", "architectures": ["T5Model"]}"#.utf8).withUnsafeBytes { try write($0) }
    }
    let found = Self.failure { _ = try Model.load(path: folder.path) }
    #expect(found?.kind == .unsupported && found?.message.contains("t5") == true, "\(found?.message ?? "")")
  }
}
