import Platform

// Removes the sums of rows: the inverse of `add` and `merge`. Counts are exact. Sums of weights and of scores
// are exact up to rounding; a difference within the rounding error is set to 0.

extension AuditSums {
  /// The sums without the rows of `other`.
  ///
  /// - Throws: `invalidArgument` if some rows of `other` were not counted in these sums, or the two do not
  ///   fit together; `unsupported` for sums with blocks of rows, in which the same row may belong to
  ///   different blocks; `outOfMemory`.
  public func subtracting(_ other: AuditSums) throws -> AuditSums {
    guard task == other.task, scored == other.scored, labelled == other.labelled,
      groupings == other.groupings,
      conditional == other.conditional
    else {
      throw Failure.invalidArgument(
        "audits of different tasks, groupings or columns (\(task.name), \(other.task.name)) cannot be subtracted",
        at: "other")
    }
    guard blocks == nil, other.blocks == nil else {
      throw Failure.unsupported(
        "intervals of weighted rows and of regressions are drawn from blocks of rows, which cannot be subtracted; "
          + "configure the auditors without \"intervals\"", at: "other")
    }
    guard rows >= other.rows else {
      throw Self.strangers("\(other.rows) rows are to be removed, but the auditor has only \(rows)")
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
  /// Groups without remaining rows are removed.
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

/// whole − part. If rounding made the part slightly larger than the whole, 0; nil if it is larger than that.
private func less(_ whole: Double, _ part: Double) -> Double? {
  let rest = whole - part
  let rounding = 1e-9 * max(abs(whole), abs(part))
  if rest >= 0 { return rest <= rounding && rest.rounded() != rest ? 0 : rest }
  return rest >= -rounding ? 0 : nil
}

extension GroupSums {
  /// - Returns: false, with the counts unchanged, if `other` is not a part of these sums.
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
  /// Weights and squares must not become negative; sums of scores may.
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
  /// The inverse of the update of Chan, Golub and LeVeque (1979).
  fileprivate mutating func subtract(_ other: ErrorSums) -> Bool {
    guard let rest = less(weight, other.weight), let absolute = less(absoluteError, other.absoluteError),
      let squared = less(squaredError, other.squaredError), let notFinite = less(notFinite, other.notFinite)
    else { return false }
    guard rest > 0 else {
      self = ErrorSums(numbers: [0, 0, 0, 0, 0, 0, notFinite] + (relativeError == nil ? [] : [0]))
      return true
    }
    let relative = relativeError.flatMap { own in other.relativeError.map { max(0, own - $0) } }
    let mean = (weight * meanLabel - other.weight * other.meanLabel) / rest
    let step = other.meanLabel - mean
    let squares = labelSquares - other.labelSquares - step * step * (rest * other.weight / weight)
    self = ErrorSums(
      numbers: [rest, mean, max(0, squares), error - other.error, absolute, squared, notFinite]
        + (relative.map { [$0] } ?? []))
    return true
  }
}

extension ScoreDistribution {
  /// Both histograms must have the same bins.
  fileprivate mutating func subtract(_ other: ScoreDistribution) -> Bool {
    guard bins > 0, bins == other.bins else { return false }
    var left = ScoreDistribution(bins: bins)
    var theirs = 0
    for mine in scores.indices {
      guard theirs < other.scores.count, other.places[theirs] <= places[mine] else {
        left.append(scores[mine], place: places[mine], positive: positives[mine], negative: negatives[mine])
        continue
      }
      // Fails for a bin that this histogram does not have.
      guard other.places[theirs] == places[mine],
        let positive = less(positives[mine], other.positives[theirs]),
        let negative = less(negatives[mine], other.negatives[theirs])
      else { return false }
      if positive + negative > 0 {
        let (whole, part) = (
          positives[mine] + negatives[mine], other.positives[theirs] + other.negatives[theirs]
        )
        let mean = (scores[mine] * whole - other.scores[theirs] * part) / (positive + negative)
        // Limits the mean to its bin, because rounding may move it out; scores outside 0...1 are not limited.
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
