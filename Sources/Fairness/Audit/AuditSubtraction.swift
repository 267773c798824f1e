import Platform

// Sums of rows that have left: what `add` and `merge` do, undone. Counts are exact; sums of weights and of scores are
// to rounding, and what rounding leaves of nothing is nothing.

extension AuditSums {
  /// The sums without other rows, all of which these have counted.
  ///
  /// - Throws: `invalidArgument` when they have not, or do not fit together; `unsupported` for blocks of rows, in which
  ///   the same row may have another block in each; `outOfMemory`.
  public func subtracting(_ other: AuditSums) throws -> AuditSums {
    guard task == other.task, scored == other.scored, labelled == other.labelled,
      groupings == other.groupings,
      conditional == other.conditional
    else {
      throw Failure.invalidArgument(
        "audits of different tasks, groupings or columns (\(task.name), \(other.task.name)) do not subtract",
        at: "other")
    }
    guard blocks == nil, other.blocks == nil else {
      throw Failure.unsupported(
        "intervals of weighted rows and of regressions are drawn from blocks of rows, which do not subtract; "
          + "configure the auditors without \"intervals\"", at: "other")
    }
    guard rows >= other.rows else {
      throw Self.strangers("\(other.rows) rows are to go, and the auditor has \(rows)")
    }
    let samePlan = partitions.map(\.attributes) == other.partitions.map(\.attributes)
    let (own, others) = (
      samePlan ? partitions : try byGrouping(), samePlan ? other.partitions : try other.byGrouping()
    )
    return AuditSums(
      task: task, scored: scored, labelled: labelled, weighted: weighted, rows: rows - other.rows,
      groupings: groupings,
      conditional: conditional, partitions: try zip(own, others).map { try $0.subtracting($1) }, blocks: nil)
  }

  fileprivate static func strangers(_ reason: String) -> Failure {
    .invalidArgument("the other auditor has rows that this one does not have: \(reason)", at: "other")
  }
}

extension PartitionSums {
  /// Groups without a row left are gone.
  func subtracting(_ other: PartitionSums) throws -> PartitionSums {
    let less = Dictionary(
      zip(other.keys, other.groups).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    if let stranger = other.keys.first(where: { index(of: $0) == nil }) {
      throw AuditSums.strangers("no row is of the group \"\(stranger.joined(separator: ","))\"")
    }
    var result = PartitionSums(attributes: attributes, groupNames: groupNames)
    for (key, sums) in zip(keys, groups) {
      var left = sums
      if let gone = less[key] {
        guard left.subtract(gone) else {
          throw AuditSums.strangers("the group \"\(key.joined(separator: ","))\" has fewer of some kind")
        }
      }
      if left.rows > 0 { result.add(left, as: key) }
    }
    return result
  }
}

/// Less a part of it, which rounding may have made a little larger; nil for a part that is larger than the whole.
private func less(_ whole: Double, _ part: Double) -> Double? {
  let rest = whole - part
  let rounding = 1e-9 * max(abs(whole), abs(part))
  if rest >= 0 { return rest <= rounding && rest.rounded() != rest ? 0 : rest }
  return rest >= -rounding ? 0 : nil
}

extension GroupSums {
  /// - Returns: false, with nothing changed that counts, when `other` is no part of these.
  fileprivate mutating func subtract(_ other: GroupSums) -> Bool {
    guard rows >= other.rows else { return false }
    var (confusion, scores, errors, distribution) = (confusion, scores, errors, distribution)
    if let gone = other.confusion, confusion?.subtract(gone) != true { return false }
    if let gone = other.scores, scores?.subtract(gone) != true { return false }
    if let gone = other.errors, errors?.subtract(gone) != true { return false }
    if let gone = other.distribution, distribution?.subtract(gone) != true { return false }
    self = GroupSums(
      rows: rows - other.rows, confusion: confusion, scores: scores, errors: errors,
      distribution: distribution)
    return true
  }
}

extension ConfusionSums {
  fileprivate mutating func subtract(_ other: ConfusionSums) -> Bool {
    guard classes == other.classes, weights.count == other.weights.count else { return false }
    var rest: [Double] = []
    for (whole, part) in zip(weights, other.weights) {
      guard let left = less(whole, part) else { return false }
      rest.append(left)
    }
    self = ConfusionSums(classes: classes, weights: rest)
    return true
  }
}

extension ScoreSums {
  fileprivate mutating func subtract(_ other: ScoreSums) -> Bool {
    guard negative.subtract(other.negative), positive.subtract(other.positive),
      let notFinite = less(notFinite, other.notFinite), let outside = less(outside, other.outside)
    else { return false }
    (self.notFinite, self.outside) = (notFinite, outside)
    return true
  }
}

extension ScoreSums.Label {
  /// Only weights and squares cannot be negative; a score may be any number.
  fileprivate mutating func subtract(_ other: ScoreSums.Label) -> Bool {
    guard let weight = less(weight, other.weight), let squaredError = less(squaredError, other.squaredError)
    else { return false }
    self = ScoreSums.Label(
      weight: weight, score: weight > 0 ? score - other.score : 0,
      squaredError: weight > 0 ? squaredError : 0, logLoss: weight > 0 ? logLoss - other.logLoss : 0)
    return true
  }
}

extension ErrorSums {
  /// The update of Chan, Golub and LeVeque (1979), undone.
  fileprivate mutating func subtract(_ other: ErrorSums) -> Bool {
    guard let rest = less(weight, other.weight), let absolute = less(absoluteError, other.absoluteError),
      let squared = less(squaredError, other.squaredError), let notFinite = less(notFinite, other.notFinite)
    else { return false }
    guard rest > 0 else {
      self = ErrorSums(numbers: [0, 0, 0, 0, 0, 0, notFinite])
      return true
    }
    let mean = (weight * meanLabel - other.weight * other.meanLabel) / rest
    let step = other.meanLabel - mean
    let squares = labelSquares - other.labelSquares - step * step * (rest * other.weight / weight)
    self = ErrorSums(
      numbers: [rest, mean, max(0, squares), error - other.error, absolute, squared, notFinite])
    return true
  }
}

extension ScoreDistribution {
  /// Of histograms of the same bins.
  fileprivate mutating func subtract(_ other: ScoreDistribution) -> Bool {
    guard bins > 0, bins == other.bins else { return false }
    var left = ScoreDistribution(bins: bins)
    var theirs = 0
    for mine in scores.indices {
      guard theirs < other.scores.count, other.places[theirs] <= places[mine] else {
        left.append(scores[mine], place: places[mine], positive: positives[mine], negative: negatives[mine])
        continue
      }
      // A bin that this histogram does not have.
      guard other.places[theirs] == places[mine],
        let positive = less(positives[mine], other.positives[theirs]),
        let negative = less(negatives[mine], other.negatives[theirs])
      else { return false }
      if positive + negative > 0 {
        let (whole, part) = (
          positives[mine] + negatives[mine], other.positives[theirs] + other.negatives[theirs]
        )
        let mean = (scores[mine] * whole - other.scores[theirs] * part) / (positive + negative)
        // Rounding does not move a mean out of its bin, whatever the scores beyond 0 and 1 are.
        let isOutside = !(0...1).contains(scores[mine])
        let (low, high) = (Double(places[mine]) / Double(bins), Double(places[mine] + 1) / Double(bins))
        left.append(
          isOutside ? mean : min(max(mean, low), high), place: places[mine], positive: positive,
          negative: negative)
      }
      theirs += 1
    }
    guard theirs == other.scores.count else { return false }
    self = left
    return true
  }
}
