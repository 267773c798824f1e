import Fairness
import Testing

@Suite("Texts and tokens")
struct TextTests {
  @Test("Areas of one term by counting pairs")
  func identityTerms() {
    // With the term: positives 0.9, 0.4, negatives 0.8, 0.2; without: positives 0.7, 0.6, negatives 0.5, 0.1, 0.6.
    let labels: [Double] = [1, 1, 0, 0, 1, 1, 0, 0, 0]
    let scores = [0.9, 0.4, 0.8, 0.2, 0.7, 0.6, 0.5, 0.1, 0.6]
    let mentions = [true, true, true, true, false, false, false, false, false]
    let found = IdentityTerms(
      labels: labels, scores: scores, terms: [("x", mentions), ("none", [Bool](repeating: false, count: 9))])
    let term = found.terms[0]
    // 0.9 beats both; 0.4 beats 0.2: 3 of 4.
    #expect(isNear(term.subgroupAUC, 3.0 / 4))
    // 0.7 and 0.6 against 0.8 and 0.2: 2 of 4.
    #expect(isNear(term.backgroundPositiveSubgroupNegativeAUC, 2.0 / 4))
    // 0.9 beats all three; 0.4 beats 0.1: 4 of 6.
    #expect(isNear(term.backgroundNegativeSubgroupPositiveAUC, 4.0 / 6))
    // 0.9: 5; 0.4: 2 (0.2, 0.1); 0.7: 4; 0.6: 3 and half of 0.6: 14.5 of 20.
    #expect(isNear(found.overallAUC, 14.5 / 20))
    #expect(found.terms[1].subgroupAUC.number(.zero) == nil)
    // A term without a value is left out: the mean of one value is the value.
    #expect(isNear(found.powerMean(\.subgroupAUC, power: -5), 0.75))
  }

  @Test("The power mean of −5 lies near the least: of 0.5 and 1, ((32 + 1) / 2)^(−1/5)")
  func powerMean() {
    let found = IdentityTerms(
      labels: [1, 0, 1, 0], scores: [0.5, 0.5, 0.9, 0.1],
      terms: [("a", [true, true, false, false]), ("b", [false, false, true, true])])
    #expect(isNear(found.powerMean(\.subgroupAUC, power: -5), 0.5708252968172411))
    #expect(isNear(found.powerMean(\.subgroupAUC, power: 1), 0.75))
  }

  @Test("Entities as seqeval 1.2.2 counts them: 3 found of 7 predicted and 6 true")
  func entities() {
    let gold = "B-PER I-PER O B-LOC B-ORG I-ORG I-ORG O O B-PER B-PER I-LOC I-LOC"
    let predicted = "B-PER I-PER O B-ORG B-ORG I-ORG O O I-PER B-PER B-PER I-LOC O"
    let sentences: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    func tags(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    let found = TokenLabels(
      sentences: sentences, gold: tags(gold), predicted: tags(predicted),
      codes: sentences.map { $0 == 2 ? 1 : 0 },
      groupCount: 2)
    #expect(found.all.gold == 6 && found.all.predicted == 7 && found.all.found == 3)
    #expect(isNear(found.all.precision, 0.42857142857142855))
    #expect(isNear(found.all.recall, 0.5))
    #expect(isNear(found.all.f1, 0.4615384615384615))
    // The first two sentences: PER found; LOC and the longer ORG missed; the third: both PER found.
    #expect(found.groups[0].found == 1 && found.groups[0].gold == 3 && found.groups[0].predicted == 3)
    #expect(found.groups[1].found == 2 && found.groups[1].gold == 3 && found.groups[1].predicted == 4)
    #expect(found.types.map(\.name) == ["LOC", "ORG", "PER"])
  }

  @Test("A sentence's end ends an entity; single-token and end marks do too")
  func marks() {
    let found = TokenLabels(
      sentences: [0, 1, 1, 1, 1], gold: ["B-A", "I-A", "S-B", "B-C", "E-C"],
      predicted: ["O", "I-A", "S-B", "B-C", "I-C"], codes: [0, 0, 0, 0, 0], groupCount: 1)
    #expect(found.all.gold == 4 && found.all.predicted == 3 && found.all.found == 3)
  }
}
