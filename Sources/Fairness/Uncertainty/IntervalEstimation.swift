import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The intervals of one attribute's numbers at one confidence.
///
/// By default a rate has a score interval, a difference or ratio of rates one that holds at 0 too
/// (`RangeInterval`, or Newcombe's for signed ones), and all else the bias-corrected bootstrap.
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
  /// Whether numbers that have formulas of their own use them.
  private var usesScores: Bool { [.auto, .wilson, .exact].contains(attribute.options.method) }

  func overall(_ notes: inout [String]) -> [Interval?] {
    collected(quantities.metrics.count, &notes, place: "overall") { index in
      let name = quantities.metrics[index].name
      return (
        name, quantities.overall(index), NaturalRange.metric(name, classes: frame.classes),
        metricInterval(index, frame.overall, nil)
      )
    }
  }

  func attribute(_ notes: inout [String]) -> Uncertainty.Attribute {
    let metrics = quantities.metrics
    var found = Uncertainty.Attribute()
    found.groups = frame.groups.enumerated().map { place, group in
      collected(metrics.count, &notes, place: "\(frame.attribute): group \"\(frame.names[place])\"") {
        (
          metrics[$0].name, quantities.group(place, $0),
          NaturalRange.metric(metrics[$0].name, classes: frame.classes), metricInterval($0, group, place)
        )
      }
    }
    let width = quantities.gapNames.count
    let gaps = collected(metrics.count * width, &notes, place: frame.attribute) { index in
      let (metric, gap) = (index / width, index % width)
      return (
        "\(metrics[metric].name)_\(quantities.gapNames[gap])", quantities.gap(metric, gap),
        NaturalRange.gap(quantities.gapNames[gap], of: metrics[metric].name, classes: frame.classes),
        gapInterval(metric, gap)
      )
    }
    found.gaps = metrics.indices.map { Array(gaps[($0 * width)..<(($0 + 1) * width)]) }
    found.fairness = collected(quantities.measures.count, &notes, place: frame.attribute) { index in
      (
        quantities.measures[index].name, quantities.measure(index),
        NaturalRange.measure(quantities.measures[index]), measureInterval(index)
      )
    }
    return found
  }

  /// Intervals with a note for each number that has a value and no interval.
  private func collected(
    _ count: Int, _ notes: inout [String], place: String,
    _ make: (Int) -> (name: String, quantity: Int, range: ClosedRange<Double>?, interval: Interval?)
  ) -> [Interval?] {
    var found = [Interval?](repeating: nil, count: count)
    var missing = [String?](repeating: nil, count: count)
    found.withUnsafeMutableBufferPointer { found in
      missing.withUnsafeMutableBufferPointer { missing in
        // Each is a thousand draws or a sort; they are independent.
        WorkerPool.run(shards: count) { index in
          let (name, quantity, range, interval) = make(index)
          guard attribute.observed[quantity].isFinite, name != "count", !name.hasPrefix("count_") else {
            return
          }
          if let interval, interval.lower.isFinite, interval.upper.isFinite {
            found[index] =
              attribute.options.method == .percentile
              ? interval : interval.holding(attribute.observed[quantity], within: range)
          } else {
            missing[index] = name
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
          ? "it takes a bootstrap, and \"replicates\" is 0" : "the rows cannot be drawn again"
      notes.append("\(place): no interval of \(names.joined(separator: ", ")): \(reason)")
    }
    return found
  }

  // MARK: - One group's metric

  private func metricInterval(_ metric: Int, _ group: GroupSums, _ place: Int?) -> Interval? {
    let name = quantities.metrics[metric].name
    let quantity = place.map { quantities.group($0, metric) } ?? quantities.overall(metric)
    guard usesScores else { return bootstrap(quantity) }
    if let counts = RateCounts.reading(of: name, classes: frame.classes)?(group), counts.trials > 0,
      attribute.countsRows || !name.hasPrefix("f1")
    {
      return rateInterval(counts, quantity)?.map(RateCounts.transform(name))
    }
    if name == "balanced_accuracy", frame.classes.isEmpty, attribute.countsRows,
      let tpr = rate("tpr", group), let tnr = rate("tnr", group)
    {
      return CombinedRates.linear([(0.5, tpr), (0.5, tnr)])
    }
    return bootstrap(quantity)
  }

  /// Score or exact. Weighted rows count as so many as give the rate the spread of its replicates, as
  /// complex samples do (Korn and Graubard 1998).
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

  private func rate(_ metric: String, _ group: GroupSums) -> CombinedRates.Estimate? {
    guard let counts = RateCounts.reading(of: metric, classes: [])?(group), counts.trials > 0 else {
      return nil
    }
    return CombinedRates.Estimate(
      value: counts.rate,
      interval: RateIntervals.wilson(counts.successes, of: counts.trials, confidence: confidence))
  }

  // MARK: - Gaps

  /// - Parameter gap: its place in `Quantities.gapNames`.
  func gapInterval(_ metric: Int, _ gap: Int) -> Interval? {
    guard usesScores, gap < 4 else { return bootstrap(quantities.gap(metric, gap)) }
    let name = quantities.metrics[metric].name
    guard let family = family(name, frame, metric: metric, gap: gap) else {
      return isRatio(gap) ? bootstrap(quantities.gap(metric, gap)) : nil
    }
    return oriented(ranges.interval([family]), gap)
  }

  private func isRatio(_ gap: Int) -> Bool { gap % 2 == 1 }

  /// A range of logarithms is a ratio.
  private func oriented(_ interval: Interval?, _ gap: Int) -> Interval? {
    isRatio(gap) ? interval?.reversed { exp(-$0) } : interval
  }

  /// The groups' estimates of a metric as a gap compares them: as they are, or their logarithms.
  ///
  /// - Parameter metric: its place among the audit's, for its replicates; nil if it is not there.
  private func family(_ name: String, _ frame: GroupFrame, metric: Int?, gap: Int) -> RangeInterval.Family? {
    let logs = isRatio(gap)
    let reading = RateCounts.reading(of: name, classes: frame.classes)
    let transform = RateCounts.transform(name)
    var (values, errors, sizes): ([Double], [Double], [Double]) = ([], [], [])
    for (place, group) in frame.groups.enumerated() {
      if attribute.countsRows, let counts = reading?(group) {
        guard counts.trials > 0 else { continue }
        let (value, error) = logs ? counts.adjustedLog : counts.adjusted
        // The slope of 2 J / (1 + J) at the estimate.
        let isF1 = transform(0.5) != 0.5
        let slope = isF1 ? (logs ? 1 / (1 + exp(value)) : 2 / ((1 + value) * (1 + value))) : 1
        values.append(logs ? log(transform(exp(value))) : transform(value))
        errors.append(error * slope)
        sizes.append(counts.trials * (logs ? exp(value) : 1))
      } else {
        guard let metric, attribute.observed.indices.contains(quantities.group(place, metric)) else {
          return nil
        }
        let value = attribute.observed[quantities.group(place, metric)]
        guard value.isFinite else { continue }
        guard let error = attribute.error(quantities.group(place, metric)), !logs || value > 0 else {
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
      values: values, errors: errors, shares: gap >= 2 ? sizes.map { $0 / total } : nil, rows: rows)
  }

  // MARK: - Fairness measures

  private func measureInterval(_ index: Int) -> Interval? {
    let measure = quantities.measures[index]
    let quantity = quantities.measure(index)
    guard usesScores, let form = MeasureForm.named(measure.name) else { return bootstrap(quantity) }
    switch form {
    case .gaps(let names, let gap, let combination):
      let frames = measure.input == .decisions ? frame.binaryFrames : [frame]
      let families = frames.flatMap { frame in
        names.map { name in
          family(
            name, frame, metric: frame.classes.isEmpty == self.frame.classes.isEmpty ? place(of: name) : nil,
            gap: gap)
        }
      }
      guard families.allSatisfy({ $0 != nil }) else { return bootstrap(quantity) }
      return oriented(ranges.interval(families.compactMap { $0 }, combination), gap) ?? bootstrap(quantity)
    case .reference(let terms):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers() else {
        return bootstrap(quantity)
      }
      var parts: [(coefficient: Double, estimate: CombinedRates.Estimate)] = []
      for (coefficient, name) in terms {
        guard let first = rate(name, others), let second = rate(name, reference) else { return nil }
        parts += [(coefficient, first), (-coefficient, second)]
      }
      return CombinedRates.linear(parts)
    case .referenceRatio(let name):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers(),
        let first = rate(name, others), let second = rate(name, reference)
      else { return bootstrap(quantity) }
      return CombinedRates.ratio(first, to: second)
    case .referenceDistance(let names):
      guard attribute.countsRows, let (reference, others) = frame.referenceAndOthers() else {
        return bootstrap(quantity)
      }
      let pair = frame.replacing(groups: [reference, others], overall: frame.overall)
      let families = names.compactMap { family($0, pair, metric: nil, gap: 0) }
      guard families.count == names.count else { return bootstrap(quantity) }
      return ranges.interval(families, .mean)
    }
  }

  private func place(of metric: String) -> Int? { quantities.metrics.firstIndex { $0.name == metric } }

  // MARK: - The bootstrap

  private func bootstrap(_ quantity: Int) -> Interval? {
    let estimate = attribute.observed[quantity]
    guard estimate.isFinite else { return nil }
    var drawn = attribute.drawn(quantity)
    // Replicates without a value leave out just the draws in which a group lost its last rows.
    guard drawn.count > 20, drawn.count * 10 >= attribute.options.replicates * 9 else { return nil }
    drawn.sort()
    guard let least = drawn.first, let most = drawn.last, most > least else { return nil }
    if attribute.options.method == .percentile {
      return BootstrapInterval.percentile(drawn, confidence: confidence)
    }
    let interval = BootstrapInterval.biasCorrected(
      drawn, estimate: estimate, acceleration: attribute.accelerations[quantity], confidence: confidence)
    // Where a measure cannot be below 0 all draws may lie above the estimate, and so would the interval.
    return Interval(min(interval.lower, estimate), max(interval.upper, estimate))
  }
}
