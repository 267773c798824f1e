import Platform

/// The changes between two audit reports, with tests of the changes.
///
/// The two reports are treated as independent. If both are of the same rows, the tests are conservative:
/// changes are then smaller than independent data would show.
public enum AuditComparison {
  private struct Estimate {
    var value: Double
    var interval: Interval?
    /// Successes and trials of an unweighted rate.
    var counts: RateCounts?
  }
  private struct Change {
    var attribute: String?
    var group: String?
    var metric: String
    var before: Double
    var after: Double
    var interval: Interval?
    var pValue: Double?
  }

  /// The array "changes" of a report: every number that both reports have, with p values corrected by Holm's
  /// method.
  ///
  /// - Throws: `invalidConfig` at `pointer` if `before` is not an audit report.
  public static func changes(from before: JSONValue, to after: JSONValue, at pointer: String) throws
    -> JSONValue
  {
    guard before["kind"]?.string == "audit", before["overall"]?.members != nil else {
      throw Failure.invalidConfig(
        "this is no audit report; what an audit returned, or {\"path\": \"report.json\"}, is accepted",
        at: pointer)
    }
    var found = compared(
      estimates(
        before, "overall", "overall_intervals", rows: before["rows"]?.double, before),
      estimates(after, "overall", "overall_intervals", rows: after["rows"]?.double, after), nil, nil)
    for attribute in after["attributes"]?.array ?? [] {
      let name = attribute["attribute"]?.string
      guard let earlier = before["attributes"]?.array?.first(where: { $0["attribute"]?.string == name })
      else {
        continue
      }
      for group in attribute["groups"]?.array ?? [] {
        let label = group["group"]?.string
        guard let old = earlier["groups"]?.array?.first(where: { $0["group"]?.string == label }) else {
          continue
        }
        found += compared(
          estimates(old, "metrics", "intervals", rows: old["count"]?.double, before),
          estimates(group, "metrics", "intervals", rows: group["count"]?.double, after), name, label)
      }
      found += compared(gaps(earlier), gaps(attribute), name, nil)
      found += compared(
        estimates(earlier, "fairness", "fairness_intervals", rows: nil, before),
        estimates(attribute, "fairness", "fairness_intervals", rows: nil, after), name, nil)
    }
    let tested = found.compactMap(\.pValue)
    var adjusted = MultipleTesting.adjusted(tested, .holm)[...]
    return .array(found.map { json($0, adjusted: $0.pValue == nil ? nil : adjusted.popFirst()) })
  }

  private static func json(_ change: Change, adjusted: Double?) -> JSONValue {
    [
      "attribute": change.attribute.map(JSONValue.string) ?? .null,
      "group": change.group.map(JSONValue.string) ?? .null, "metric": .string(change.metric),
      "before": .finite(change.before), "after": .finite(change.after),
      "change": .finite(change.after - change.before), "interval": change.interval?.json ?? .null,
      "p_value": change.pValue.map { .finite($0) } ?? .null,
      "adjusted_p_value": adjusted.map { .finite($0) } ?? .null,
    ]
  }

  private static func compared(
    _ before: [(String, Estimate)], _ after: [(String, Estimate)], _ attribute: String?, _ group: String?
  ) -> [Change] {
    after.compactMap { name, new in
      guard let old = before.first(where: { $0.0 == name })?.1 else { return nil }
      var change = Change(
        attribute: attribute, group: group, metric: name, before: old.value, after: new.value)
      if let first = old.interval, let second = new.interval {
        let interval = CombinedRates.linear([
          (1, .init(value: new.value, interval: second)), (-1, .init(value: old.value, interval: first)),
        ])
        change.interval = interval
        // The standard error that corresponds to the interval.
        let error = (interval.upper - interval.lower) / (2 * NormalDistribution.critical(confidence: 0.95))
        if error > 0 { change.pValue = NormalDistribution.twoSidedTail((new.value - old.value) / error) }
      }
      if let first = old.counts, let second = new.counts,
        let test = EqualityTest.rates(name, [first, second])
      {
        change.pValue = test.pValue
      }
      return change
    }
  }

  /// A report's numbers in one object with their intervals, rescaled to 95%. Rates without intervals get
  /// intervals from the counts.
  private static func estimates(
    _ json: JSONValue, _ values: String, _ intervals: String, rows: Double?, _ report: JSONValue
  ) -> [(String, Estimate)] {
    let config = report["provenance"]?["config"]
    let weighted = (config?["data"]?["weight"] ?? .null) != .null
    let numbers = json[values]
    return (numbers?.members ?? []).compactMap { member in
      guard let value = member.value.double, member.key != "count" else { return nil }
      var estimate = Estimate(value: value)
      if let limits = json[intervals]?[member.key], let low = limits[0]?.double, let high = limits[1]?.double
      {
        estimate.interval = rescaled(Interval(low, high), around: value, config)
      }
      if !weighted, let rows, let numbers,
        let trials = trials(of: member.key, rows: rows, numbers), trials > 0
      {
        estimate.counts = RateCounts(successes: (value * trials).rounded(), trials: trials)
        estimate.interval =
          estimate.interval
          ?? RateIntervals.wilson((value * trials).rounded(), of: trials, confidence: 0.95)
      }
      return (member.key, estimate)
    }
  }

  /// The number of rows in a rate's denominator, computed from the other rates of its group.
  private static func trials(of metric: String, rows: Double, _ numbers: JSONValue) -> Double? {
    guard let share = Metric.all.first(where: { $0.name == metric })?.share, share.growth == nil else {
      return nil
    }
    return share.trials.shareOfRows(
      baseRate: numbers[Metric.baseRate.name]?.double,
      selectionRate: numbers[Metric.selectionRate.name]?.double
    ).map { ($0 * rows).rounded() }
  }

  private static func gaps(_ attribute: JSONValue) -> [(String, Estimate)] {
    (attribute["gaps"]?.members ?? []).flatMap { metric in
      (metric.value.members ?? []).compactMap { gap -> (String, Estimate)? in
        guard let value = gap.value.double else { return nil }
        var estimate = Estimate(value: value)
        let limits = attribute["gap_intervals"]?[metric.key]?[gap.key]
        if let low = limits?[0]?.double, let high = limits?[1]?.double {
          estimate.interval = Interval(low, high)
        }
        return ("\(metric.key)_\(gap.key)", estimate)
      }
    }
  }

  /// An interval of another confidence, rescaled to 95%.
  private static func rescaled(_ interval: Interval, around value: Double, _ config: JSONValue?) -> Interval {
    guard let confidence = config?["intervals"]?["confidence"]?.double, confidence > 0, confidence < 1,
      confidence != 0.95
    else { return interval }
    let factor =
      NormalDistribution.critical(confidence: 0.95) / NormalDistribution.critical(confidence: confidence)
    return Interval(value - (value - interval.lower) * factor, value + (interval.upper - value) * factor)
  }
}
