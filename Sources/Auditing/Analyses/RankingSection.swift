import Configurations
import Datasets
import Fairness
import Platform

extension RankingConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let scores =
      try score.map { try AnalysisRows.finite(rows.dataset, $0, "a score") }
      ?? rows.requireScores(at: "/ranking/score")
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
