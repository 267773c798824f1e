import Platform
import Testing

@testable import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct TermTests {
  @Test("Terms are whole words in any case, the longest from the left; several words have any space between")
  func finding() throws {
    let finder = try TermFinder(["gay", "old man", "old_man's wife", "Éa", "man"])
    let text = "The OLD \n man, gayest gay; an old man's wife, éA woman MAN-made"
    let bytes = Array(text.utf8)
    let found = try finder.matches(in: text).map {
      ($0.term, String(decoding: bytes[$0.bytes], as: UTF8.self))
    }
    #expect(found.map(\.0) == [1, 0, 2, 3, 4])
    #expect(found.map(\.1) == ["OLD \n man", "gay", "old man's wife", "éA", "MAN"])
    let inside = try TermFinder(["man"], wholeWords: false)
    #expect(try inside.matches(in: "woman man").map(\.bytes) == [2..<5, 6..<9])
  }

  @Test("All terms that occur are marked, overlapping ones and equal ones too")
  func marking() throws {
    let finder = try TermFinder(["old man", "man", "Man", "old"])
    var memory = try TermMemory()
    var mentions = [Bool](repeating: false, count: 4)
    try Array("an old man".utf8).withUnsafeBufferPointer { try finder.mark(in: $0, &memory, &mentions) }
    #expect(mentions == [true, true, true, true])
    let lexicon = try Lexicon([("women", ["woman", "girl"]), ("men", ["man", "boy"])])
    var groups = [false, false]
    try Array("a BOY".utf8).withUnsafeBufferPointer { try lexicon.mark(in: $0, &memory, &groups) }
    #expect(groups == [false, true])
  }

  private let gender = TermGroups([
    ["he", "she"], ["king", "queen"], [" actor ", "actress"], ["Mary", "John"],
    ["stay-at-home dad", "stay-at-home mom"], ["man", "woman"],
  ])

  @Test(
    "Counterfactual texts keep case, possessives and several words",
    arguments: [
      ("The king's ACTOR met Mary.", "The queen's ACTRESS met John."),
      ("KING King king", "QUEEN Queen queen"),
      ("A Stay-At-Home Dad", "A Stay-at-home Mom"),
      ("kingdom, actors", "kingdom, actors"),
      ("", ""),
      ("mary and MARY", "john and JOHN"),
      ("Woman\u{2019}s", "Man\u{2019}s"),
    ])
  func swapping(text: String, counterfactual: String) throws {
    let swapping = try TermSwapping(gender)
    let made = try swapping.counterfactual(text)
    #expect(made.text.lowercased() == counterfactual.lowercased())
    if !text.contains("-") { #expect(made.text == counterfactual) }
  }

  @Test(
    "Her is his before what belongs to her, else him; his is her or hers",
    arguments: [
      ("He lost his keys.", "She lost her keys."), ("I saw her.", "I saw him."),
      ("Her brother gave her a book.", "His brother gave him a book."),
      ("She told her that it was hers.", "He told him that it was his."),
      ("The book is his, not mine.", "The book is hers, not mine."),
      ("They asked him and her about it.", "They asked her and him about it."),
      ("SHE hurt herself in HER car", "HE hurt himself in HIS car"), ("with her", "with him"),
      ("her own \"quoted\" words, his \"own\"", "his own \"quoted\" words, her \"own\""),
    ])
  func pronouns(text: String, counterfactual: String) throws {
    #expect(try TermSwapping(gender).counterfactual(text).text == counterfactual)
  }

  @Test("Changes say which bytes became which")
  func changes() throws {
    let made = try TermSwapping(gender).counterfactual("é: the king and his actor")
    let (before, after) = (Array("é: the king and his actor".utf8), Array(made.text.utf8))
    let words = made.changes.map {
      [
        String(decoding: before[$0.original], as: UTF8.self),
        String(decoding: after[$0.counterfactual], as: UTF8.self),
      ]
    }
    #expect(words == [["king", "queen"], ["his", "her"], ["actor", "actress"]])
  }

  @Test("Groups of more than two go round; step chooses how far")
  func groups() throws {
    let swapping = try TermSwapping(TermGroups([["Christian", "Jewish", "Muslim"]]))
    #expect(try swapping.counterfactual("A Muslim and a CHRISTIAN").text == "A Christian and a JEWISH")
    #expect(try swapping.counterfactual("a Christian", step: .further(2)).text == "a Muslim")
    #expect(try swapping.counterfactual("a Christian", step: .further(-1)).text == "a Muslim")
    #expect(try swapping.counterfactual("he saw her").changes.isEmpty)
  }

  private static let shared =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    + "/../shared/data"

  @Test(
    "WinoBias: the lists with stray blanks make the anti-stereotyped sentence of the stereotyped one",
    .enabled(if: access(shared, R_OK) == 0, "needs ../shared"))
  func winobias() throws {
    let lists = Self.shared + "/wordlists/winobias_generalized_swaps.txt"
    let groups = try TermGroups.read(path: lists)
    #expect(groups.groups.contains(["actor", "actress"]))
    let swapping = try TermSwapping(TermGroups([["he", "she"]] + groups.groups))
    func sentences(_ name: String) throws -> [String] {
      let file = try MappedFile(path: Self.shared + "/winobias/\(name)")
      return TermGroups.lines(String(decoding: file.bytes, as: UTF8.self)).map { line in
        line.split(separator: " ").dropFirst().joined(separator: " ").filter { $0 != "[" && $0 != "]" }
      }
    }
    var (same, all) = (0, 0)
    for type in ["type1", "type2"] {
      for part in ["dev", "test"] {
        let pro = try sentences("pro_stereotyped_\(type).txt.\(part)")
        let anti = try sentences("anti_stereotyped_\(type).txt.\(part)")
        for (before, after) in zip(pro, anti) {
          // If the pronouns are equal, the texts of the pair differ in their occupations.
          let made = try swapping.counterfactual(before).text
          all += 1
          same += made.lowercased() == after.lowercased() ? 1 : 0
        }
      }
    }
    print("WinoBias: \(same) of \(all) sentences")
    #expect(Double(same) > 0.9 * Double(all))
  }

  @Test(
    "JSON lists: arrays, and objects of which some members are taken",
    .enabled(if: access(shared, R_OK) == 0, "needs ../shared"))
  func lists() throws {
    let path = Self.shared + "/wordlists/biasbench_bias_attribute_words.json"
    let gender = try TermGroups.read(path: path, members: ["gender"])
    #expect(gender.groups.first == ["actor", "actress"])
    #expect(try TermGroups.read(path: path).groups.count > gender.groups.count)
    let pairs = try TermGroups.read(path: Self.shared + "/wordlists/debiaswe_equalize_pairs.json")
    #expect(pairs.groups.contains(["Catholic priest", "nun"]))
    #expect(throws: Failure.self) { try TermGroups(["a"], alignedWith: []) }
  }
}
