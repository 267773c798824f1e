import Platform

/// How much better a constraint's statistics look on the rows of a training than on other rows: the training's
/// *optimism* (Efron 1986, "How Biased Is the Apparent Error Rate of a Prediction Rule?").
///
/// It is estimated by cross-fitting. Each of several trainings leaves out a part of the rows. Its statistics are summed
/// over its own rows and over those left out; the optimism of a group is the difference between the two values.
public final class Optimism {
  private let inside: StatisticSums
  private let outside: StatisticSums
  private let values: (inside: GroupValues, outside: GroupValues)

  /// - Parameter constraint: the constraint whose groups and statistics are summed.
  public init(of constraint: GapConstraint) throws {
    func sums() throws -> StatisticSums {
      try StatisticSums(constraint.statistics, columns: constraint.columns, groups: constraint.groups)
    }
    (inside, outside) = (try sums(), try sums())
    values = (try GroupValues(groups: constraint.groups), try GroupValues(groups: constraint.groups))
  }

  /// Adds the sums of a training.
  ///
  /// - Parameters:
  ///   - own: the constraint, measured on the training's own rows.
  ///   - left: the constraint, measured on the rows that were left out.
  public func add(inside own: GapConstraint, outside left: GapConstraint) {
    inside.merge(own.settledJudged)
    outside.merge(left.settledJudged)
  }

  /// Writes the optimism of each place, (places); 0 where it cannot be told from chance.
  ///
  /// Differences are shrunk by 1 − error² / difference², but not below 0, since an estimate that is mostly chance would
  /// make the constraint worse (the positive-part estimator of James and Stein 1961, for a single mean).
  func write(_ component: Int, _ pooling: GroupPooling, to target: UnsafeMutablePointer<Double>) {
    values.inside.read(inside, component, pooling)
    values.outside.read(outside, component, pooling)
    for place in 0..<values.inside.count {
      let difference = values.outside.values.pointer[place] - values.inside.values.pointer[place]
      let error = values.outside.errors.pointer[place]
      let share = 1 - error * error / max(difference * difference, 1e-18)
      target[place] = difference.isFinite && share > 0 ? share * difference : 0
    }
  }
}

extension GroupStatistic {
  /// Whether the value is a share of rows that decisions do not choose, and changes in one direction with all of them.
  var isRateOfDecisions: Bool {
    let slopes = [numerator.0.slope, numerator.1.slope]
    return denominator.0.slope == 0 && denominator.1.slope == 0
      && (slopes.allSatisfy { $0 >= 0 } || slopes.allSatisfy { $0 <= 0 })
  }
}

extension GapConstraint {
  /// Corrects the values at which training aims by an optimism: new rows, not those of the training, should have a gap
  /// below the target.
  ///
  /// A correction by more than the tolerance could not be kept together with the tolerance on the training rows, and is
  /// reduced to the tolerance.
  public func correct(by estimate: Optimism) {
    guard canBeCorrected else { return }
    for component in components.indices {
      let places = optimism.pointer + component * groups
      estimate.write(component, pooling[component], to: places)
      let used = UnsafeBufferPointer(start: places, count: pooling[component].count)
      let span = (used.max() ?? 0) - (used.min() ?? 0)
      optimismShares[component] = span > settings.tolerance ? settings.tolerance / span : 1
    }
  }

  /// Whether the constraint is on differences between groups' rates of decisions. Differences of accuracies or
  /// precisions are not corrected: a lower target would mostly be reached by more errors in the better group.
  public var canBeCorrected: Bool {
    judgesDecisions && disparity != .largest && !settings.noWorse
      && statistics.allSatisfy(\.isRateOfDecisions)
  }

  /// What training adds to the judged value of each place of a component.
  public func corrections(_ component: Int) -> [Double] {
    (0..<pooling[component].count).map {
      optimismShares[component] * optimism.pointer[component * groups + $0]
    }
  }

  /// The judged gap that is expected on new rows.
  ///
  /// - Returns: the gap with the whole optimism, and the one at which training aims.
  public func expectedGap(_ component: Int) -> (whole: Double, aimed: Double) {
    guard optimismShares[component] > 0 else {
      let value = judgedGap(component).value
      return (value, value)
    }
    func gap(share: Double) -> Double {
      readJudged(component, optimismShare: share)
      return judgedValues.gap(disparity).value
    }
    return (gap(share: 1), gap(share: optimismShares[component]))
  }
}
