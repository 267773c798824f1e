import Datasets
import Equipoise
import Platform
import Testing

/// Random tables whose labels and decisions have known meanings, written in random vocabularies and
/// spellings.
@Suite("Labels and decisions against an independent reading of 1,000 random tables")
struct RandomVocabulariesTests {
  private static let vocabularies = [
    ("yes", "no"), ("approved", "denied"), ("1", "0"), ("True", "False"), (">50K", "<=50K"), ("good", "bad"),
    ("2", "1"), ("A", "B"),
  ]

  /// Another spelling of the same label: other case, spaces inside quotes, 1.0 for 1, True for 1.
  private static func spelt(_ word: String, _ random: inout RandomStream) -> String {
    switch random.below(6) {
    case 0: word.uppercased()
    case 1: word.lowercased()
    case 2: "\" \(word)\""
    case 3: ["1", "0"].contains(word) ? (word == "1" ? "true" : "FALSE") : word
    default: word
    }
  }

  /// Whether two vocabularies are the same: 1 and 0 are True and False.
  private static func areOne(_ first: Int, _ second: Int) -> Bool {
    first == second || Set([first, second]) == [2, 3]
  }

  private struct Table {
    var labels: [Bool] = []
    var decisions: [Bool] = []
    var csv = "g,y,p\n"
  }

  private static func table(
    _ own: (String, String), _ others: (String, String), varied: Bool, _ random: inout RandomStream
  ) -> Table {
    var table = Table()
    for row in 0..<(12 + random.below(30)) {
      let (label, decision) = (
        row == 0 || row != 1 && random.uniform() < 0.5, row == 0 || row != 1 && random.uniform() < 0.5
      )
      table.labels.append(label)
      table.decisions.append(decision)
      var words = (label ? own.0 : own.1, decision ? others.0 : others.1)
      if varied, row > 1 { words = (spelt(words.0, &random), spelt(words.1, &random)) }
      table.csv += "\(row % 2 == 0 ? "a" : "b"),\(words.0),\(words.1)\n"
    }
    return table
  }

  private static func share(_ rows: [Bool]) -> Double {
    Double(rows.filter { $0 }.count) / Double(rows.count)
  }

  private static func report(_ csv: String, _ more: String) throws -> JSONValue {
    try audit(
      nil, on: SyntheticTable.csv(csv),
      AuditConfig(json: #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]\#(more)}}"#))
  }

  @Test(
    "One vocabulary in any spelling, or two with a map, gives the rates by meaning; two without are an error")
  func meaning() throws {
    var random = RandomStream(seed: 77)
    for trial in 0..<500 {
      let (own, other) = (
        random.below(Self.vocabularies.count), trial % 2 == 0 ? nil : random.below(Self.vocabularies.count)
      )
      let words = Self.vocabularies[own]
      let decided = Self.vocabularies[other ?? own]
      let made = Self.table(words, decided, varied: true, &random)
      let named =
        #", "positive": \#(JSONValue.string(words.0).text()), "negative": \#(JSONValue.string(words.1).text())"#
      let isOne = other.map { Self.areOne(own, $0) } ?? true
      // "2", "1" and "1", "0" share a word with different meanings.
      let shared = !isOne && !Set([words.0, words.1]).isDisjoint(with: [decided.0, decided.1])
      let digits = Set([2, 3, 6])
      if !isOne, shared || digits.contains(own) && digits.contains(other ?? own) { continue }
      var more = named
      if !isOne, trial % 4 == 1 {
        more +=
          #", "values": {\#(JSONValue.string(decided.0).text()): \#(JSONValue.string(words.0).text()), \#(JSONValue.string(decided.1).text()): \#(JSONValue.string(words.1).text())}"#
      } else if !isOne {
        let found = #expect(throws: Failure.self, "\(trial): \(words) \(decided)") {
          try Self.report(made.csv, more)
        }
        #expect(found?.location == "p" && found?.message.contains("decision") == true)
        continue
      }
      let found = try Self.report(made.csv, more)
      #expect(
        number(found, "overall", "base_rate") == Self.share(made.labels), "\(trial): \(words) \(decided)")
      #expect(number(found, "overall", "selection_rate") == Self.share(made.decisions), "\(trial)")
      let right = zip(made.labels, made.decisions).map { $0 == $1 }
      #expect(number(found, "overall", "accuracy") == Self.share(right), "\(trial)")
    }
  }

  @Test("A value that is not a label is found in any row of either column, and named")
  func strangers() throws {
    var random = RandomStream(seed: 78)
    for trial in 0..<500 {
      let words = Self.vocabularies[random.below(Self.vocabularies.count)]
      let made = Self.table(words, words, varied: trial % 2 == 0, &random)
      var lines = made.csv.split(separator: "\n").map(String.init)
      let row = random.below(lines.count - 1)
      var cells = lines[row + 1].split(separator: ",").map(String.init)
      let column = 1 + random.below(2)
      let dotted = Double(words.0) == nil ? "\(words.0)." : "maybe."
      let stranger = ["maybe", "3", "yess", dotted, "-1", "01", "null!"][random.below(7)]
      cells[column] = stranger
      lines[row + 1] = cells.joined(separator: ",")
      let named =
        #", "positive": \#(JSONValue.string(words.0).text()), "negative": \#(JSONValue.string(words.1).text())"#
      let found = #expect(throws: Failure.self, "\(trial): \(words) \(stranger)") {
        try Self.report(lines.joined(separator: "\n") + "\n", named)
      }
      #expect(found?.location == (column == 1 ? "y" : "p"))

      #expect(found?.message.contains("\"\(stranger)\"") == true, "\(found?.message ?? "")")
      #expect(found?.message.contains("row \(row) has") == true, "\(trial): \(found?.message ?? "")")
    }
  }
}
