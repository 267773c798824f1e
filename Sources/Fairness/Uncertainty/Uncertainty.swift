import Platform

/// The intervals of an audit's numbers at one confidence, and the tests of equal metrics.
public struct Uncertainty: Sendable {
  public struct Attribute: Sendable {
    /// By group, then by metric; nil where there is no interval.
    public var groups: [[Interval?]]?
    /// By metric, then by gap in the order of `Gaps.named`.
    public var gaps: [[Interval?]]?
    /// In the order of the measures.
    public var fairness: [Interval?]?
    public var tests: [EqualityTest]?
  }

  public let confidence: Double
  /// Whether the report includes the intervals; otherwise only the rules of a policy use them.
  public let isReported: Bool
  /// One interval per metric; nil if no intervals were requested.
  public var overall: [Interval?]?
  public var attributes: [Attribute]
  /// The reasons why intervals or tests are missing, one sentence each.
  public var notes: [String] = []

  /// The intervals and tests of an attribute that the report includes.
  func reported(_ attribute: Int) -> Attribute? {
    guard attributes.indices.contains(attribute) else { return nil }
    return isReported ? attributes[attribute] : Attribute(tests: attributes[attribute].tests)
  }

  /// {"name": [lower, upper]}; null where there is no interval.
  static func object(_ entries: some Sequence<(String, Interval?)>) -> JSONValue {
    .object(entries.map { .init($0.0, $0.1?.json ?? .null) })
  }

  /// Intervals and tests at the report's confidence, followed by intervals at the other confidences.
  ///
  /// - Parameter frames: one for each grouping, in their order.
  /// - Throws: `outOfMemory`.
  static func estimate(
    _ sums: AuditSums, _ choice: AuditChoice, _ overall: GroupSums, _ frames: [GroupFrame],
    _ options: UncertaintyOptions
  ) throws -> [Uncertainty] {
    let confidences = [options.confidence] + options.otherConfidences.filter { $0 != options.confidence }
    var found = confidences.enumerated().map {
      Uncertainty(
        confidence: $1, isReported: options.intervals && $0 == 0, overall: nil, attributes: [])
    }
    // Without attributes, a frame without groups represents all rows.
    let described =
      frames.isEmpty
      ? [
        GroupFrame(
          attribute: "", names: [], groups: [], overall: overall, reference: nil, zeroDivision: .undefined,
          classes: [])
      ] : frames
    for (index, frame) in described.enumerated() {
      try HostCall.report("intervals", index, of: described.count)
      let estimator = try AttributeUncertainty(sums, choice, frame, options)
      for place in found.indices {
        let wanted =
          found[place].isReported || options.otherConfidences.contains(found[place].confidence)
        let intervals = IntervalEstimation(estimator, confidence: found[place].confidence)
        if wanted, index == 0 { found[place].overall = intervals.overall(&found[place].notes) }
        guard !frames.isEmpty else { continue }
        var attribute = wanted ? intervals.attribute(&found[place].notes) : Attribute()
        if options.tests, place == 0 { attribute.tests = try estimator.tests(&found[place].notes) }
        found[place].attributes.append(attribute)
      }
    }
    try HostCall.report("intervals", described.count, of: described.count)
    if options.tests { found[0].adjust(options.correction) }
    return found
  }

  /// Corrects the p values for the number of tests in the report.
  private mutating func adjust(_ correction: UncertaintyOptions.Correction) {
    let values = attributes.flatMap { ($0.tests ?? []).map(\.pValue) }
    var adjusted = MultipleTesting.adjusted(values, correction)[...]
    for place in attributes.indices {
      guard let tests = attributes[place].tests else { continue }
      attributes[place].tests = tests.map { test in
        var test = test
        test.adjustedPValue = adjusted.popFirst()
        return test
      }
    }
  }
}
