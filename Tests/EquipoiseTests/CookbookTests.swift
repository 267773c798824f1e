import Datasets
import Equipoise
import Platform
import Testing

/// Runs each configuration of docs/cookbook.md.
@Suite("The cookbook")
struct CookbookTests {
  struct Recipe: CustomTestStringConvertible, Sendable {
    let title: String
    let isTuning: Bool
    let json: String
    var testDescription: String { title }
  }

  /// The JSON blocks with the heading and the sentence before each.
  static let recipes: [Recipe] = {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    guard let file = try? MappedFile(path: root + "/docs/cookbook.md") else { return [] }
    let page = String(decoding: file.bytes, as: UTF8.self)
    var (found, title, words): ([Recipe], String, String) = ([], "", "")
    var json: String?
    for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("## ") { (title, words) = (line, "") }
      if line == "```json" {
        json = ""
      } else if line == "```", let text = json {
        found.append(Recipe(title: title, isTuning: words.contains("eqp_finetune"), json: text))
        json = nil
      } else if json != nil {
        json?.append(line + "\n")
      } else {
        words += line
      }
    }
    return found
  }()

  /// 240 people; decisions are less favourable for women.
  static func people() throws -> Dataset {
    var stream = RandomStream(seed: 11)
    let table = try Dataset(rows: 240)
    var texts: [String: [String]] = [:]
    var numbers: [String: [Double]] = [:]
    var codes: [Int64] = []
    for row in 0..<240 {
      let isWoman = row % 2 == 1
      let wealth = stream.uniform()
      let score = min(1, max(0, wealth - (isWoman ? 0.1 : 0) + 0.1 * (stream.uniform() - 0.5)))
      texts["approved", default: []].append(wealth + 0.3 * stream.uniform() > 0.6 ? "yes" : "no")
      texts["decided", default: []].append(score >= 0.5 ? "yes" : "no")
      texts["sex", default: []].append(isWoman ? "female" : "male")
      texts["region", default: []].append(["north", "south", "west"][row % 3])
      codes.append(score >= 0.5 ? 1 : 0)
      numbers["score", default: []].append(score)
      numbers["income", default: []].append(20_000 + 60_000 * wealth)
      numbers["age", default: []].append(20 + (60 * stream.uniform()).rounded(.down))
      numbers["importance", default: []].append(0.5 + stream.uniform())
    }
    for name in texts.keys.sorted() { try table.add(Column(name: name, texts: texts[name] ?? [])) }
    for name in numbers.keys.sorted() { try table.add(Column(name: name, numbers: numbers[name] ?? [])) }
    try table.add(Column(name: "decided_code", integers: codes))
    return table
  }

  @Test("has twenty configurations")
  func count() { #expect(Self.recipes.count == 20) }

  @Test("Every one runs and reports", arguments: recipes)
  func runs(_ recipe: Recipe) throws {
    let people = try Self.people()
    guard recipe.isTuning else {
      let report = try audit(nil, on: people, AuditConfig(json: recipe.json))
      #expect(report["kind"] == "audit")
      return
    }
    let untrained = try Model.make(ArchitectureConfig(json: #"{"kind": "logistic"}"#))
    let (_, report) = try fineTune(
      untrained, train: people, validation: nil, FineTuneConfig(json: recipe.json))
    #expect(report["kind"] == "finetune")
  }
}
