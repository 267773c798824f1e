import Configurations
import Datasets
import Fairness
import Platform
import Tokenizers

extension IdentityTermsConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let labels = try rows.requireBinaryLabels(at: "/identity_terms")
    let scores = try rows.requireScores(at: "/identity_terms")
    var mentions = try columns.map { name in
      (name: name, mentions: try rows.dataset.column(name).doubles().array.map { $0 >= 0.5 })
    }
    if !terms.isEmpty { mentions += try found(rows) }
    guard !mentions.isEmpty else {
      throw Failure.invalidConfig(
        "neither \"columns\" nor \"terms\" is given; one of them is needed", at: "/identity_terms")
    }
    let found = IdentityTerms(labels: labels, scores: scores, weights: rows.weights, terms: mentions)
    let described = found.terms.map { term -> JSONValue in
      .object(
        [
          .init("term", .string(term.name)), .init("count", .integer(term.rows)),
          .init("positives", .integer(term.positives)),
        ]
          + notes.object(
            [
              "subgroup_auc": term.subgroupAUC, "bpsn_auc": term.backgroundPositiveSubgroupNegativeAUC,
              "bnsp_auc": term.backgroundNegativeSubgroupPositiveAUC,
            ], of: "\"\(term.name)\""))
    }
    let means = notes.object(
      [
        "subgroup_auc": found.powerMean(\.subgroupAUC, power: power),
        "bpsn_auc": found.powerMean(\.backgroundPositiveSubgroupNegativeAUC, power: power),
        "bnsp_auc": found.powerMean(\.backgroundNegativeSubgroupPositiveAUC, power: power),
      ], of: "the power mean")
    return [
      "auc": notes.number(found.overallAUC, "auc of all texts"), "terms": .array(described),
      "power": .number(power), "power_mean": .object(means),
    ]
  }

  private func found(_ rows: AnalysisRows) throws -> [(name: String, mentions: [Bool])] {
    guard let name = text ?? rows.data.text else {
      throw Failure.invalidConfig("\"terms\" need a column of texts", at: "/identity_terms/text")
    }
    let column = try rows.dataset.column(name)
    guard case .text(let texts) = column.values else {
      throw Failure.invalidConfig("\"\(name)\" is not a column of texts", at: "/identity_terms/text")
    }
    let finder: TermFinder
    do { finder = try TermFinder(terms, wholeWords: match == .word) } catch let failure as Failure {
      throw failure.below("/identity_terms/terms")
    }
    var found = terms.map { (name: $0, mentions: [Bool](repeating: false, count: rows.rows)) }
    var memory = try TermMemory()
    var mentioned = [Bool](repeating: false, count: terms.count)
    for row in 0..<rows.rows {
      let text = texts.cell(row).withMemoryRebound(to: UInt8.self, capacity: texts.length(row)) {
        UnsafeBufferPointer(start: $0, count: texts.length(row))
      }
      for term in terms.indices { mentioned[term] = false }
      try finder.mark(in: text, &memory, &mentioned)
      for term in terms.indices { found[term].mentions[row] = mentioned[term] }
    }
    return found
  }
}
