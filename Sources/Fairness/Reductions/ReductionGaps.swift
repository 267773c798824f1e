import Platform

/// The gap of a component of a reduction, with standard errors, for one predictor.
public struct ReductionGap: Sendable {
  /// The index of the objective.
  public let term: Int
  public let statistic: String
  /// The gap by the objective's disparity.
  public let value: Double
  public let error: Double
  /// The smallest value of a group over the largest; 1 if all are 0.
  public let ratio: Double
  /// For each place: the value, and the standard error.
  public let places: [(value: Double, error: Double)]
  public let direction: GroupStatistic.Direction
}

extension ReductionProblem {
  /// The gaps of a predictor.
  ///
  /// - Parameter numbers: the decision, its probability, or the loss of each row.
  /// - Throws: `outOfMemory`.
  public func gaps(of numbers: UnsafePointer<Float>) throws -> [ReductionGap] {
    try components.map { component in
      let term = terms[component.term]
      let means = component.means
      let sums = try means.sums(of: numbers)
      let judged = try GroupValues(groups: max(term.groups, 1))
      judged.read(sums, 0, means.pooling)
      let own = try GroupValues(groups: max(term.groups, 1))
      own.read(sums, 0, means.pooling.unweighted)
      let (value, error) = judged.gap(term.disparity)
      let (low, high) = judged.extremes ?? (0, 0)
      let values = judged.values.pointer
      let ratio = judged.extremes == nil || values[high] == 0 ? 1 : values[low] / values[high]
      return ReductionGap(
        term: component.term, statistic: means.statistic.name, value: value, error: error, ratio: ratio,
        places: (0..<own.count).map { (own.values.pointer[$0], own.errors.pointer[$0]) },
        direction: means.statistic.direction)
    }
  }

  /// The groups of a component with fewer rows than the minimum.
  public func smallGroups(_ component: Int) -> [Int] { components[component].means.pooling.small }
}

extension GroupMeans {
  /// The sums of the statistic for one predictor.
  fileprivate func sums(of numbers: UnsafePointer<Float>) throws -> StatisticSums {
    let sums = try StatisticSums([statistic], columns: 1, groups: groups)
    sums.add(
      Batch(
        task: .binary, rows: codes.count, width: 1, outputs: numbers, labels: labels.pointer,
        weights: weights.map { UnsafePointer($0.pointer) }), values: numbers,
      groups: BatchGroups(codes: codes.pointer, count: groups))
    return sums
  }
}
