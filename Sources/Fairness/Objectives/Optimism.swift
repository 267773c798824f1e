import Platform

/// How much better a constraint's statistics look on the rows of a training than on other rows: the training's
/// *optimism* (Efron 1986, "How Biased Is the Apparent Error Rate of a Prediction Rule?").
///
/// It is estimated by cross-fitting. Each of several trainings leaves out a part of the rows, and every row is left out
/// once. A row's difference is its decision by the training that left it out, minus the mean of its decisions by the
/// others. The optimism of a group is its statistic of these differences. Since both decisions are of the same rows, the
/// chance by which a group has these rows and not others cancels out.
public final class Optimism {
  private let sums: StatisticSums
  private let values: GroupValues

  /// - Parameter constraint: the constraint whose groups and statistics are summed.
  public init(of constraint: GapConstraint) throws {
    sums = try StatisticSums(
      constraint.statistics.map(\.ofDifferences), columns: constraint.columns, groups: constraint.groups)
    values = try GroupValues(groups: constraint.groups)
  }

  /// Adds rows.
  ///
  /// - Parameter differences: (rows, columns), from −1 to 1.
  public func add(_ batch: Batch, differences: UnsafePointer<Float>, groups: BatchGroups) {
    sums.add(batch, values: differences, groups: groups)
  }

  /// Writes the optimism of each place, (places); 0 where it cannot be told from chance.
  ///
  /// Differences are shrunk by 1 − error² / difference², but not below 0, since an estimate that is mostly chance would
  /// make the constraint worse (the positive-part estimator of James and Stein 1961, for a single mean).
  func write(_ component: Int, _ pooling: GroupPooling, to target: UnsafeMutablePointer<Double>) {
    values.read(sums, component, pooling)
    for place in 0..<values.count {
      let (difference, error) = (values.values.pointer[place], values.errors.pointer[place])
      let share = 1 - error * error / max(difference * difference, 1e-18)
      target[place] = difference.isFinite && share > 0 ? share * difference : 0
    }
  }
}

extension GroupStatistic {
  /// The change of the value for changes of the signal, where the denominator does not depend on the signal.
  var ofDifferences: GroupStatistic {
    GroupStatistic(
      name: name,
      numerator: { label in (0, label > 0.5 ? numerator.1.slope : numerator.0.slope) },
      denominator: { label in
        let term = label > 0.5 ? denominator.1 : denominator.0
        return (term.intercept, term.slope)
      })
  }

  /// Whether the value is a share of rows that decisions do not choose, and changes in one direction with all of them.
  var isRateOfDecisions: Bool {
    let slopes = [numerator.0.slope, numerator.1.slope]
    return denominator.0.slope == 0 && denominator.1.slope == 0
      && (slopes.allSatisfy { $0 >= 0 } || slopes.allSatisfy { $0 <= 0 })
  }
}

extension GapConstraint {
  /// Stores an optimism, and corrects the values at which training aims by it, where that is possible: new rows, not those
  /// of the training, should have a gap below the target.
  ///
  /// With a correction by more than target and tolerance together, the training rows could not satisfy the tolerance too,
  /// on the other side of equality. A larger correction is reduced to a little less than this.
  public func correct(by estimate: Optimism) {
    guard canBeEstimated else { return }
    hasOptimism = true
    for component in components.indices {
      let places = optimism.pointer + component * groups
      estimate.write(component, pooling[component], to: places)
      guard canBeCorrected else { continue }
      let used = UnsafeBufferPointer(start: places, count: pooling[component].count)
      let span = (used.max() ?? 0) - (used.min() ?? 0)
      let most = target(error: judgedGap(component).error) + 0.9 * settings.tolerance
      optimismShares[component] = span > most ? most / span : 1
    }
  }

  /// Whether the optimism is defined: for differences between shares of rows that decisions do not choose.
  public var canBeEstimated: Bool {
    judgesDecisions && disparity != .largest && !settings.noWorse
      && statistics.allSatisfy { $0.denominator.0.slope == 0 && $0.denominator.1.slope == 0 }
  }

  /// Whether training corrects for the optimism. Differences of accuracies are not corrected: a lower target would
  /// mostly be reached by more errors in the better group.
  public var canBeCorrected: Bool { canBeEstimated && statistics.allSatisfy(\.isRateOfDecisions) }

  /// Whether a statistic reads the labels.
  public var usesLabels: Bool { statistics.contains(where: \.usesLabels) }

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
    guard hasOptimism else {
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
