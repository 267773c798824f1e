import Platform

extension Metric {
  /// All metrics; a new one is added here.
  public static let all: [Metric] =
    [
      count, baseRate, selectionRate, accuracy, balancedAccuracy, truePositiveRate, falsePositiveRate,
      trueNegativeRate, falseNegativeRate, precision, negativePredictiveValue, falseDiscoveryRate,
      falseOmissionRate, f1, macroF1, errorRate, areaUnderROC, averagePrecision, logLoss, brier, meanScore,
      theilIndex, coefficientOfVariation, generalizedEntropyIndex, meanAbsoluteError, meanSquaredError,
      rootMeanSquaredError, meanAbsolutePercentageError, coefficientOfDetermination, meanError,
      meanPrediction,
      positiveLikelihoodRatio, negativeLikelihoodRatio, diagnosticOddsRatio, informedness, markedness,
      matthewsCorrelation, cohenKappa, prevalenceThreshold, threatScore, fowlkesMallows, errorBalance,
      meanScoreOfPositives, meanScoreOfNegatives, calibrationInTheLarge, brierUncertainty, jaccard,
    ] + classAverages + withNumbers

  /// The metrics available for a task, including metrics of each class such as "tpr[class]" if there are more
  /// than two classes. Without labels, only the metrics that need none.
  public static func available(for task: AuditTask, scored: Bool, labelled: Bool = true) -> [Metric] {
    all.filter { labelled || !$0.needsLabels }.flatMap { metric -> [Metric] in
      switch (metric.input, task) {
      case (.rows, _), (.confusion, .binary), (.confusion, .multiclass), (.binaryConfusion, .binary),
        (.multiclassConfusion, .multiclass), (.errors, .regression):
        [metric]
      case (.scores, .binary), (.ranks, .binary), (.distribution, .binary): scored ? [metric] : []
      case (.binaryConfusion, .multiclass(let classes)):
        classes.enumerated().map { metric.ofClass($0.offset, named: $0.element) }
      default: []
      }
    }
  }

  /// The named metrics; with nil, the default metrics.
  ///
  /// With more than two classes, "tpr" stands for "tpr[class]" of every class.
  ///
  /// - Parameter alsoKnown: further valid names (of measures), which are ignored.
  /// - Throws: `invalidConfig` at `pointer` for an unknown name; the message suggests the closest one.
  public static func selected(
    _ names: [String]?, for task: AuditTask, scored: Bool, labelled: Bool = true, alsoKnown: Set<String> = [],
    at pointer: String = "/metrics"
  ) throws -> [Metric] {
    let available = available(for: task, scored: scored, labelled: labelled)
    guard let names else { return available.filter(\.isDefault) }
    var chosen: [Metric] = []
    for (index, name) in names.enumerated() {
      let exact = available.filter { $0.name == name }
      var matches = exact.isEmpty ? available.filter { $0.name.hasPrefix("\(name)[") } : exact
      if matches.isEmpty, labelled, let metric = Parameterized.metric(name) {
        matches = [metric].filter { made in available.contains { $0.input == made.input } }
      }
      if matches.isEmpty, alsoKnown.contains(name) { continue }
      guard !matches.isEmpty else {
        throw unknown(name, task, available.map(\.name) + alsoKnown.sorted(), at: "\(pointer)/\(index)")
      }
      for metric in matches where !chosen.contains(where: { $0.name == metric.name }) {
        chosen.append(metric)
      }
    }
    return chosen
  }

  private static func unknown(_ name: String, _ task: AuditTask, _ available: [String], at pointer: String)
    -> Failure
  {
    let known = all.first { $0.name == name }
    if let known, task == .binary, [.scores, .ranks, .distribution].contains(known.input) {
      return .invalidConfig("the metric \"\(name)\" needs scores, and there are none", at: pointer)
    }
    let problem = known == nil ? "not a metric" : "not a metric of a \(task.name) task"
    return .invalidConfig(
      "\"\(name)\" is \(problem)\(Suggestion.phrase(for: name, among: available))", at: pointer)
  }
}
