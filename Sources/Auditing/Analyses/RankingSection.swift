import Configurations
import Datasets
import Fairness
import Models
import Platform

extension RankingConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let (scores, query) = try order(rows)
    let queries = try query.map { name in
      // Rows without a query form one additional query.
      let categories = try rows.dataset.column(name).categories()
      let none = Int32(clamping: categories.names.count)
      return categories.codes.array.map { $0 < 0 ? none : $0 }
    }
    let relevance = try relevance.map { name in
      let values = try AnalysisRows.finite(rows.dataset, name, "a relevance")
      if let row = values.firstIndex(where: { $0 < 0 || $0 > 1000 }) {
        throw Failure.invalidColumn(name, "row \(row): \(values[row]) is not a relevance from 0 to 1000")
      }
      return values
    }
    let attributes = rows.groupings.map { grouping -> JSONValue in
      let found = RankingFairness(
        scores: scores, queries: queries, relevance: relevance, codes: grouping.codes,
        groupCount: grouping.names.count, cuts: k)
      return describe(found, grouping, &notes)
    }
    return ["attributes": .array(attributes)]
  }

  /// The scores by which rows are ranked, and the column of the queries: by default those of a model that ranks.
  private func order(_ rows: AnalysisRows) throws -> (scores: [Double], query: String?) {
    if let score { return (try AnalysisRows.finite(rows.dataset, score, "a score"), query) }
    let scores = try rows.requireScores(at: "/ranking/score")
    guard let model = rows.model, model.ranks,
      let ranks = try model.ranks(Buffer(copying: scores.map { Float($0) }), of: rows.dataset)
    else { return (scores, query) }
    let own = model.adjustments.query
    guard query == nil || query == own else {
      throw Failure.invalidConfig(
        own.map { "the model ranks rows within \"\($0)\"; it, null or a score is accepted" }
          ?? "the model ranks all rows together; null or a score is accepted", at: "/ranking/query")
    }
    return (ranks.array.map { -Double($0) }, own)
  }

  private func describe(
    _ found: RankingFairness, _ grouping: AnalysisRows.Grouping, _ notes: inout SectionNotes
  ) -> JSONValue {
    let groups = grouping.names.enumerated().map { index, name -> JSONValue in
      var members: [JSONValue.Member] = [.init("group", .string(name))]
      let place = "\(grouping.attribute) \"\(name)\""
      members += notes.object(["exposure": found.exposure[index]], of: place)
      if found.groupNDCG.indices.contains(index) {
        members += notes.object(["ndcg": found.groupNDCG[index]], of: place)
      }
      for cut in found.cuts {
        members += notes.object(["skew@\(cut.k)": cut.skew[index]], of: place)
      }
      return .object(members)
    }
    var members: [JSONValue.Member] = [
      .init("attribute", .string(grouping.attribute)), .init("queries", .integer(found.queries)),
      .init("groups", .array(groups)),
      .init("exposure", .object(notes.gaps(found.exposure, of: "\(grouping.attribute): exposure"))),
    ]
    if !found.groupNDCG.isEmpty {
      members.append(
        .init(
          "ndcg",
          .object(
            notes.object(["overall": found.overallNDCG], of: "\(grouping.attribute): ndcg")
              + notes.gaps(found.groupNDCG, of: "\(grouping.attribute): ndcg"))))
    }
    members += notes.object(
      [
        "ndkl": found.normalizedDiscountedKL, "infeasible_index": found.infeasibleIndex,
        "infeasible_share": found.infeasibleShare,
      ], of: grouping.attribute)
    for cut in found.cuts {
      members += notes.object(
        ["min_skew@\(cut.k)": cut.leastSkew, "max_skew@\(cut.k)": cut.greatestSkew], of: grouping.attribute)
    }
    return .object(members)
  }
}
