import Configurations
import Datasets
import Fairness
import Neighbours
import Platform

extension IndividualConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let decisions = try rows.requireDecisions(at: "/individual")
    let encoded = try encodedRows(rows, &notes)
    var members: [JSONValue.Member] = [
      .init("consistency", try consistency(rows, encoded, decisions, &notes)),
      .init("lipschitz", try condition(rows, encoded, &notes)),
      .init("inequality", try inequality(rows, decisions, &notes)),
    ]
    if let model = rows.model {
      members.append(.init("counterfactual", try counterfactuals(of: model, rows, &notes)))
    }
    return .object(members)
  }

  /// Standardized numbers and one-hot categories, for distances between rows.
  private func encodedRows(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> EncodedRows {
    var data = rows.data
    if !include.isEmpty { data.include = include }
    var options = EncoderOptions()
    options.maxOneHot = 256
    let encoder: TableEncoder
    do {
      encoder = try TableEncoder.fit(
        rows.dataset, columns: data.inputColumns(of: rows.dataset), options: options)
    } catch let failure as Failure where failure.location.hasPrefix("/data/include") && !include.isEmpty {
      throw Failure.invalidConfig(
        "a column of \"include\" is not in the data", at: "/individual/include")
    }
    // The index of a category is not a quantity.
    let apart = encoder.slots.filter(\.isIndex)
    for slot in apart {
      notes.add("\"\(slot.name)\" has more than 256 categories and is left out of distances")
    }
    let values = try encoder.encode(rows.dataset)
    for slot in apart {
      for row in 0..<rows.rows {
        for place in slot.offset..<(slot.offset + slot.width) {
          values.pointer[row * encoder.width + place] = 0
        }
      }
    }
    return try EncodedRows(values, rows: rows.rows, width: encoder.width)
  }

  private func consistency(
    _ rows: AnalysisRows, _ encoded: EncodedRows, _ decisions: [Double], _ notes: inout SectionNotes
  ) throws -> JSONValue {
    guard rows.rows > neighbours else {
      notes.add("consistency is undefined: \(rows.rows) rows do not have \(neighbours) neighbours")
      return .null
    }
    // The number of comparisons equals that of all pairs of `most_rows` rows.
    let share = Double(mostRows) * Double(mostRows) / Double(rows.rows)
    let count = rows.rows <= mostRows ? rows.rows : max(1, Int(exactly: share.rounded(.down)) ?? 1)
    let queries = rows.sample(count, seed: seed, purpose: "consistency")
    let found = try encoded.nearest(neighbours, of: queries)
    // The neighbours do not depend on the outcomes, nor on the groups.
    func measured(_ outcomes: [Double], _ name: String) -> JSONValue {
      var attributes: [JSONValue] = []
      var members: [JSONValue.Member] = []
      let groupings =
        rows.groupings.isEmpty
        ? [AnalysisRows.Grouping(attribute: "", names: [], codes: [])] : rows.groupings
      for (index, grouping) in groupings.enumerated() {
        let own = Consistency(
          neighbours: found, k: neighbours, queries: queries, outcomes: outcomes, weights: rows.weights,
          codes: grouping.codes, groupCount: grouping.names.count)
        if index == 0 {
          members += notes.object(
            ["without_self": own.withoutSelf, "with_self": own.withSelf], of: "consistency of \(name)")
        }
        guard !grouping.names.isEmpty else { continue }
        attributes.append([
          "attribute": .string(grouping.attribute),
          "groups": .array(
            zip(grouping.names, own.groups).map { group, values in
              .object(
                [.init("group", .string(group))]
                  + notes.object(
                    ["without_self": values.withoutSelf, "with_self": values.withSelf],
                    of: "consistency of \(name), \(grouping.attribute) \"\(group)\""))
            }),
        ])
      }
      return .object(members + [.init("attributes", .array(attributes))])
    }
    var members: [JSONValue.Member] = [
      .init("neighbours", .integer(neighbours)), .init("rows", .integer(queries.count)),
      .init("sampled", .bool(queries.count < rows.rows)),
      .init("decisions", measured(decisions, "decisions")),
    ]
    if rows.task == .binary, let scores = rows.scores {
      members.append(.init("scores", measured(scores, "scores")))
    }
    return .object(members)
  }

  private func condition(
    _ rows: AnalysisRows, _ encoded: EncodedRows, _ notes: inout SectionNotes
  ) throws -> JSONValue {
    guard let scores = rows.scores else {
      notes.add("the Lipschitz condition needs scores")
      return .null
    }
    let chosen = rows.sample(mostPairRows, seed: seed, purpose: "pairs")
    let found = try LipschitzCondition(encoded, chosen: chosen, scores: scores, constant: lipschitz)
    return .object(
      [
        .init("constant", .number(lipschitz)), .init("rows", .integer(chosen.count)),
        .init("sampled", .bool(chosen.count < rows.rows)), .init("pairs", .integer(found.pairs)),
      ]
        + notes.object(
          ["violations": found.violations, "largest_ratio": found.largestRatio],
          of: "the Lipschitz condition")
        + [
          .init(
            "worst_pair",
            found.worstPair.map { .array([.integer($0.first), .integer($0.second)]) } ?? .null),
          .init("same_inputs_other_score", .integer(found.sameInputsOtherScore)),
        ])
  }

  /// The benefit of each row.
  private func benefits(_ rows: AnalysisRows, _ decisions: [Double]) throws -> [Double] {
    if let benefitColumn { return try AnalysisRows.finite(rows.dataset, benefitColumn, "a benefit") }
    switch benefit {
    case .decision: return decisions
    case .score: return try rows.requireScores(at: "/individual/benefit")
    case .decisionError, .scoreError:
      guard let labels = rows.labels else {
        throw Failure.invalidConfig(
          "this benefit needs a label, named in \"data\"", at: "/individual/benefit")
      }
      let outcomes =
        benefit == .decisionError ? decisions : try rows.requireScores(at: "/individual/benefit")
      return zip(outcomes, labels).map { 1 + $0 - $1 }
    }
  }

  private func inequality(_ rows: AnalysisRows, _ decisions: [Double], _ notes: inout SectionNotes) throws
    -> JSONValue
  {
    let benefits = try benefits(rows, decisions)
    func entropies(_ inequality: Inequality, parts: Bool, _ place: String) -> [JSONValue] {
      alpha.map { alpha in
        let name = "generalized entropy \(alpha) of \(place)"
        var members: [JSONValue.Member] = [.init("alpha", .number(alpha))]
        members += notes.object(["value": inequality.generalizedEntropy(alpha: alpha)], of: name)
        if parts {
          members += notes.object(
            [
              "between_groups": inequality.betweenGroups(alpha: alpha),
              "within_groups": inequality.withinGroups(alpha: alpha),
            ], of: name)
        }
        return .object(members)
      }
    }
    let all = Inequality(benefits: benefits, weights: rows.weights)
    var members: [JSONValue.Member] = [
      .init("benefit", .string(benefitColumn ?? benefit.rawValue)),
      .init("generalized_entropy", .array(entropies(all, parts: false, "all"))),
    ]
    members += notes.object(
      [
        "theil": all.generalizedEntropy(alpha: 1), "coefficient_of_variation": all.coefficientOfVariation,
        "gini": all.gini, "jain": all.jain,
      ], of: "all")
    members.append(
      .init(
        "atkinson",
        .array(
          epsilon.map { epsilon in
            .object(
              [.init("epsilon", .number(epsilon))]
                + notes.object(["value": all.atkinson(epsilon: epsilon)], of: "atkinson \(epsilon)"))
          })))
    let attributes = rows.groupings.map { grouping -> JSONValue in
      let own = Inequality(
        benefits: benefits, weights: rows.weights, codes: grouping.codes, groupCount: grouping.names.count)
      return [
        "attribute": .string(grouping.attribute),
        "generalized_entropy": .array(entropies(own, parts: true, grouping.attribute)),
      ]
    }
    return .object(members + [.init("attributes", .array(attributes))])
  }
}
