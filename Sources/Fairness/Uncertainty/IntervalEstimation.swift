import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The intervals of one attribute's numbers at one confidence.
///
/// By default, a rate has a score interval; a difference or ratio of rates has an interval that is also valid
/// at 0 (`RangeInterval`, or Newcombe's for signed ones); every other number has the bias-corrected bootstrap
/// interval.
struct IntervalEstimation {
  private let attribute: AttributeUncertainty
  private let confidence: Double
  private let ranges: RangeInterval

  init(_ attribute: AttributeUncertainty, confidence: Double) {
    self.attribute = attribute
    self.confidence = confidence
    let frame = attribute.frame
    ranges = RangeInterval(
      confidence: confidence, capacity: max(4, 2 * frame.groups.count * max(1, frame.classes.count)),
      seed: attribute.options.seed)
  }

  private var frame: GroupFrame { attribute.frame }
  private var quantities: Quantities { attribute.quantities }
  /// Whether numbers with an interval by formula use the formula.
  private var usesScores: Bool { [.auto, .wilson, .exact].contains(attribute.options.method) }

  func overall(_ notes: inout [String]) -> [Interval?] {
    collected(quantities.metrics.count, &notes, place: "overall") { index in
      let metric = quantities.metrics[index]
      guard metric.isEstimate else { return nil }
      return Wanted(
        metric.name, quantities.overall(index), metric.range,
        metricInterval(metric, index, frame.overall, nil))
    }
  }

  func attribute(_ notes: inout [String]) -> Uncertainty.Attribute {
    let metrics = quantities.metrics
    var found = Uncertainty.Attribute()
    found.groups = frame.groups.enumerated().map { place, group in
      collected(metrics.count, &notes, place: "\(frame.attribute): group \"\(frame.names[place])\"") {
        guard metrics[$0].isEstimate else { return nil }
        return Wanted(
          metrics[$0].name, quantities.group(place, $0), metrics[$0].range,
          metricInterval(metrics[$0], $0, group, place))
      }
    }
    let width = quantities.gapNames.count
    let gaps = collected(metrics.count * width, &notes, place: frame.attribute) { index in
      let (metric, gap) = (index / width, index % width)
      guard metrics[metric].isEstimate else { return nil }
      return Wanted(
        "\(metrics[metric].name)_\(quantities.gapNames[gap])", quantities.gap(metric, gap),
        metrics[metric].range(ofGap: quantities.gapNames[gap]), gapInterval(metric, gap))
    }
    found.gaps = metrics.indices.map { Array(gaps[($0 * width)..<(($0 + 1) * width)]) }
    found.fairness = collected(quantities.measures.count, &notes, place: frame.attribute) { index in
      let measure = quantities.measures[index]
      return Wanted(
        measure.name, quantities.measure(index), measure.range,
        measureInterval(measure, quantities.measure(index)))
    }
    return found
  }

  /// A number of the report, with its interval if there is one.
  private struct Wanted {
    let name: String
    let quantity: Int
    let range: ClosedRange<Double>?
    let interval: Interval?

    init(_ name: String, _ quantity: Int, _ range: ClosedRange<Double>?, _ interval: Interval?) {
      (self.name, self.quantity, self.range, self.interval) = (name, quantity, range, interval)
    }
  }

  /// The intervals; adds a note for each number that has a value but no interval.
  private func collected(
    _ count: Int, _ notes: inout [String], place: String,
    _ make: (Int) -> Wanted?
  ) -> [Interval?] {
    var found = [Interval?](repeating: nil, count: count)
    var missing = [String?](repeating: nil, count: count)
    found.withUnsafeMutableBufferPointer { found in
      missing.withUnsafeMutableBufferPointer { missing in
        // Each call draws a thousand numbers or sorts; the calls are independent.
        WorkerPool.run(shards: count) { index in
          guard let wanted = make(index), attribute.observed[wanted.quantity].isFinite else { return }
          if let interval = wanted.interval, interval.lower.isFinite, interval.upper.isFinite {
            found[index] =
              attribute.options.method == .percentile
              ? interval : interval.holding(attribute.observed[wanted.quantity], within: wanted.range)
          } else {
            missing[index] = wanted.name
          }
        }
      }
    }
    let names = missing.compactMap { $0 }
    if !names.isEmpty {
      let reason =
        attribute.replicates != nil
        ? "too few rows vary, or more than a tenth of the draws have no value"
        : attribute.options.replicates == 0
          ? "it takes a bootstrap, and \"replicates\" is 0" : "the rows cannot be resampled"
      notes.append("\(place): no interval of \(names.joined(separator: ", ")): \(reason)")
    }
    return found
  }

  // MARK: - One group's metric

  private func metricInterval(
    _ metric: Metric, _ index: Int, _ group: GroupSums, _ place: Int?
  ) -> Interval? {
    let quantity = place.map { quantities.group($0, index) } ?? quantities.overall(index)
    guard usesScores else { return bootstrap(quantity) }
    if let share = metric.share, let counts = share.counts(group), counts.trials > 0,
      attribute.countsRows || share.growth == nil
    {
      return rateInterval(counts, quantity)?.map(share.growth?.value ?? { $0 })
    }
    let parts = metric.meanOf.compactMap { rate($0, group) }
    if !parts.isEmpty, parts.count == metric.meanOf.count, frame.classes.isEmpty, attribute.countsRows {
      return CombinedRates.linear(parts.map { (1 / Double(parts.count), $0) })
    }
    return bootstrap(quantity)
  }

  /// The score interval or the exact interval. For weighted rows, an effective number of rows is used, with
  /// which the rate has the spread of its replicates, as for complex samples (Korn and Graubard 1998).
  private func rateInterval(_ counts: RateCounts, _ quantity: Int) -> Interval? {
    var counts = counts
    if !attribute.countsRows {
      guard let error = attribute.error(quantity), error > 0 else { return nil }
      let effective = counts.rate * (1 - counts.rate) / (error * error)
      guard effective > 0, effective.isFinite else { return nil }
      counts = RateCounts(successes: counts.rate * effective, trials: effective)
    }
    return attribute.options.method == .exact
      ? RateIntervals.exact(counts.successes, of: counts.trials, confidence: confidence)
      : RateIntervals.wilson(counts.successes, of: counts.trials, confidence: confidence)
  }

  private func rate(_ metric: Metric, _ group: GroupSums) -> CombinedRates.Estimate? {
    guard let counts = metric.share?.counts(group), counts.trials > 0 else { return nil }
    return CombinedRates.Estimate(
      value: counts.rate,
      interval: RateIntervals.wilson(counts.successes, of: counts.trials, confidence: confidence))
  }

  // MARK: - Gaps

  /// - Parameter gap: its index in `Quantities.gapNames`.
  func gapInterval(_ metric: Int, _ gap: Int) -> Interval? {
    guard usesScores, gap < 4 else { return bootstrap(quantities.gap(metric, gap)) }
    let kind = Gaps.Kind.allCases[gap]
    guard let family = family(quantities.metrics[metric], frame, at: metric, gap: kind) else {
      return kind.isRatio ? bootstrap(quantities.gap(metric, gap)) : nil
    }
    return oriented(ranges.interval([family]), kind)
  }

  /// For ratios, the interval is computed on logarithms and converted back.
  private func oriented(_ interval: Interval?, _ gap: Gaps.Kind) -> Interval? {
    gap.isRatio ? interval?.reversed { exp(-$0) } : interval
  }

  /// The groups' estimates of a metric in the form that a gap compares: the values, or their logarithms.
  ///
  /// - Parameter index: the index of the metric among the audit's metrics, for its replicates; nil if it is
  ///   not one of them.
  private func family(
    _ metric: Metric, _ frame: GroupFrame, at index: Int?, gap: Gaps.Kind
  ) -> RangeInterval.Family? {
    let logs = gap.isRatio
    let grown = metric.share?.growth?.value ?? { $0 }
    var (values, errors, sizes): ([Double], [Double], [Double]) = ([], [], [])
    for (place, group) in frame.groups.enumerated() {
      if attribute.countsRows, let counts = metric.share?.counts(group) {
        guard counts.trials > 0 else { continue }
        let (value, error) = logs ? counts.adjustedLog : counts.adjusted
        // For a function f of a share x: the slope f'(x), or for logarithms x f'(x) / f(x).
        let rate = logs ? exp(value) : value
        let slope = metric.share?.growth.map { $0.slope(rate) * (logs ? rate / $0.value(rate) : 1) } ?? 1
        values.append(logs ? log(grown(rate)) : grown(value))
        errors.append(error * slope)
        sizes.append(counts.trials * (logs ? exp(value) : 1))
      } else {
        guard let index, attribute.observed.indices.contains(quantities.group(place, index)) else {
          return nil
        }
        let value = attribute.observed[quantities.group(place, index)]
        guard value.isFinite else { continue }
        guard let error = attribute.error(quantities.group(place, index)), !logs || value > 0 else {
          return nil
        }
        values.append(logs ? log(value) : value)
        errors.append(logs ? error / value : error)
        sizes.append(group.weight * (logs ? value : 1))
      }
    }
    let rows = frame.groups.reduce(0) { $0 + Double($1.rows) }
    let total = sizes.reduce(0, +)
    guard values.count > 1, total > 0 else { return nil }
    return RangeInterval.Family(
      values: values, errors: errors,
      shares: gap == .differenceToOverall || gap == .ratioToOverall ? sizes.map { $0 / total } : nil,
      rows: rows)
  }

  // MARK: - Fairness measures

  private func measureInterval(_ measure: FairnessMeasure, _ quantity: Int) -> Interval? {
    guard usesScores, let form = measure.form, form.metrics.allSatisfy({ $0.share != nil }) else {
      return bootstrap(quantity)
    }
    switch form {
    case .gaps(let metrics, let gap, let combination):
      // A mean of ratios is not a ratio of means, so no formula applies.
      if gap.isRatio, combination == .mean { return bootstrap(quantity) }
      let frames = measure.input == .decisions ? frame.binaryFrames : [frame]
      let families = frames.flatMap { frame in
        metrics.map { metric in
          family(
            metric, frame,
            at: frame.classes.isEmpty == self.frame.classes.isEmpty ? place(of: metric) : nil, gap: gap)
        }
      }
      guard families.allSatisfy({ $0 != nil }) else { return bootstrap(quantity) }
      return oriented(ranges.interval(families.compactMap { $0 }, combination), gap) ?? bootstrap(quantity)
    case .reference(let terms):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers() else {
        return bootstrap(quantity)
      }
      var parts: [(coefficient: Double, estimate: CombinedRates.Estimate)] = []
      for (coefficient, metric) in terms {
        guard let first = rate(metric, others), let second = rate(metric, reference) else { return nil }
        parts += [(coefficient, first), (-coefficient, second)]
      }
      return CombinedRates.linear(parts)
    case .referenceRatio(let metric):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers(),
        let first = rate(metric, others), let second = rate(metric, reference)
      else { return bootstrap(quantity) }
      return CombinedRates.ratio(first, to: second)
    case .referenceDistance(let metrics):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers() else {
        return bootstrap(quantity)
      }
      let pair = frame.replacing(groups: [reference, others], overall: frame.overall)
      let families = metrics.compactMap { family($0, pair, at: nil, gap: .difference) }
      guard families.count == metrics.count else { return bootstrap(quantity) }
      return ranges.interval(families, .mean)
    }
  }

  private func place(of metric: Metric) -> Int? {
    quantities.metrics.firstIndex { $0.name == metric.name }
  }

  // MARK: - The bootstrap

  private func bootstrap(_ quantity: Int) -> Interval? {
    let estimate = attribute.observed[quantity]
    guard estimate.isFinite else { return nil }
    var drawn = attribute.drawn(quantity)
    // If too many replicates have no value, the remaining ones are not representative: they are the draws in
    // which no group is empty.
    guard drawn.count > 20, drawn.count * 10 >= attribute.options.replicates * 9 else { return nil }
    drawn.sort()
    guard let least = drawn.first, let most = drawn.last, most > least else { return nil }
    if attribute.options.method == .percentile {
      return BootstrapInterval.percentile(drawn, confidence: confidence)
    }
    let interval = BootstrapInterval.biasCorrected(
      drawn, estimate: estimate, acceleration: attribute.accelerations[quantity], confidence: confidence)
    // If a measure cannot be negative, all draws may exceed the estimate; the interval is extended to include
    // the estimate.
    return Interval(min(interval.lower, estimate), max(interval.upper, estimate))
  }
}
