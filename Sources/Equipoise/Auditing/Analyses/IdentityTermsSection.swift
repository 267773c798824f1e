import Datasets
import Fairness
import Platform

extension IdentityTermsConfig {
  func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
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
    let patterns = try terms.enumerated().map { index, term -> [UInt8] in
      guard !term.isEmpty else {
        throw Failure.invalidConfig("a term is empty", at: "/identity_terms/terms/\(index)")
      }
      return Array(term.lowercased().utf8)
    }
    var found = terms.map { (name: $0, mentions: [Bool](repeating: false, count: rows.rows)) }
    for row in 0..<rows.rows {
      let bytes = Array(texts.string(row).lowercased().utf8)
      for (index, pattern) in patterns.enumerated() {
        found[index].mentions[row] = Self.mentions(bytes, pattern, wholeWords: match == .word)
      }
    }
    return found
  }

  /// Bytes of letters beyond ASCII count as parts of words.
  private static func mentions(_ text: [UInt8], _ term: [UInt8], wholeWords: Bool) -> Bool {
    func isWord(_ place: Int) -> Bool {
      guard text.indices.contains(place) else { return false }
      let byte = text[place]
      return byte >= 128 || (48...57).contains(byte) || (97...122).contains(byte)
    }
    guard term.count <= text.count else { return false }
    for start in 0...(text.count - term.count) where text[start] == term[0] {
      guard text[start..<(start + term.count)].elementsEqual(term) else { continue }
      if !wholeWords || (!isWord(start - 1) && !isWord(start + term.count)) { return true }
    }
    return false
  }
}
