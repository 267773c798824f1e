import Configurations
import Fairness
import Models
import Platform

extension DecisionFitting {
  mutating func fit(_ config: AbstentionConfig, at pointer: String) throws {
    guard rows.task != .regression else {
      throw Failure.unsupported(
        "values are not decided, so that no decision can be withheld; \"conformal\" gives the intervals of values",
        at: pointer)
    }
    let (decisions, width) = (try decisions(), rows.width)
    let confidences = scores.withUnsafeBufferPointer { scores -> [Float] in
      guard let base = scores.baseAddress else { return [] }
      return decisions.indices.map { row in
        AbstentionByGroup.confidence(base + row * width, width: width, decision: decisions[row])
      }
    }
    if rows.weights != nil { note("abstention: coverage counts rows alike, whatever their weights") }
    let pooled = AbstentionByGroup.threshold(confidences, coverage: config.coverage)
    var members: [JSONValue.Member] = [
      .init("method", .string(AbstentionConfig.method)), .init("coverage", .number(config.coverage)),
    ]
    guard let attribute = config.attribute else {
      members.append(.init("attribute", .null))
      let abstention = AbstentionByGroup(pooled: pooled, groups: [])
      members.append(answered(abstention, confidences, nil, config.coverage))
      try add(Adjustment(attribute: nil, .abstention(abstention)), members, nil)
      return
    }
    let groups = try self.groups(
      by: attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    noteExclusions(groups)
    members.append(.init("attribute", .string(groups.attribute.reference.label)))
    let own = groups.own.map { group in
      AbstentionByGroup.threshold(groups.members[group].map { confidences[$0] }, coverage: config.coverage)
    }
    let abstention = AbstentionByGroup(pooled: pooled, groups: groups.spread(own))
    members.append(answered(abstention, confidences, groups, config.coverage))
    try add(Adjustment(attribute: groups.place, .abstention(abstention)), members, groups)
  }

  /// The share of these rows that is answered; a note if equal confidences make it much larger than was asked.
  private mutating func answered(
    _ abstention: AbstentionByGroup, _ confidences: [Float], _ groups: AdjustedGroups?, _ coverage: Double
  ) -> JSONValue.Member {
    let count = confidences.enumerated().count { row, confidence in
      abstention.answers(confidence, group: groups.map { Int($0.codes[row]) } ?? -1)
    }
    let share = Double(count) / Double(max(confidences.count, 1))
    if share > coverage + 0.05 {
      note(
        "abstention: a share of \(Float(share)) is answered, and \(coverage) was asked, because many rows are as confident as "
          + "the last of them, or there are few rows")
    }
    return .init("answered", .finite(share))
  }

  /// The decisions of the methods learnt so far, or of the model's threshold.
  private func decisions() throws -> [Int32] {
    let attributes = groupCodes.count
    var codes = [Int32](repeating: -1, count: rows.count * attributes)
    for (place, own) in groupCodes.enumerated() {
      for (row, code) in own.enumerated() { codes[row * attributes + place] = code }
    }
    let keys = try rule.draws ? self.keys() : nil
    let shares = try rule.readsShares ? adjustments.probabilities?.probabilities(of: rows.dataset) : nil
    var labels = [Int32](repeating: 0, count: rows.count)
    scores.withUnsafeBufferPointer { scores in
      codes.withUnsafeBufferPointer { codes in
        labels.withUnsafeMutableBufferPointer { labels in
          guard let scores = scores.baseAddress, let labels = labels.baseAddress else { return }
          rule.decide(
            scores, rows: rows.count, width: rows.width,
            RowGroups(
              codes.baseAddress, attributes: attributes, shares: shares.map { UnsafePointer($0.pointer) }),
            keys: keys.map { UnsafePointer($0.pointer) }, into: labels)
        }
      }
    }
    return labels
  }
}
