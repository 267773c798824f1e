import Configurations
import Fairness
import Formats
import Platform

extension Model {
  /// How an ONNX file of the model decides; nil if tuning did not record the meaning of the classes.
  ///
  /// - Throws: `unsupported` at `ONNXWriter.decisionPlace` for what a file cannot express.
  func onnxDecision() throws -> ONNXDecision? {
    guard adjustments.isEmpty else { return .adjusted(try onnxAdjustments()) }
    guard data != nil, !classLabels.isEmpty else { return nil }
    switch task {
    case .binary: return .threshold(decision.threshold)
    case .multiclass: return .likeliest
    case .regression, nil: return nil
    }
  }

  /// What a file gives of the adjusted decision, for its readers; nil if it gives all.
  var onnxOmission: String? {
    for step in adjustments.steps {
      switch step.change {
      case .mixing where step.draws:
        return "the scores of some rows are replaced by draws from their keys"
      case .draw: return "decisions are drawn from rows' keys"
      case .thresholds where step.draws:
        return
          "decisions are drawn from rows' keys; \"positive_probability\" is the probability of a positive one"
      case .sets: return "sets and intervals are not written, only the label"
      case .ranks: return "ranks are not written, only the label"
      case .calibration, .repair, .mixing, .thresholds, .blended, .rejectOption, .abstention: continue
      }
    }
    return nil
  }

  private func onnxAdjustments() throws -> ONNXAdjustments {
    let scores: ONNXAdjustments.Scores
    var rule: ONNXAdjustments.Rule
    switch task {
    case .binary:
      scores = .positive
      rule = .thresholds(ONNXByGroup(attribute: nil, [decision.threshold]))
    case .multiclass: (scores, rule) = (.classes, .likeliest)
    case .regression: (scores, rule) = (.value, .none)
    case nil: throw ONNXWriter.inexpressible("the meaning of its scores is not known")
    }
    var changes: [ONNXAdjustments.Change] = []
    var abstention: ONNXByGroup<Float>?
    for step in adjustments.steps {
      switch step.change {
      case .calibration(let calibration):
        changes.append(onnxChange(calibration, step))
      case .repair(let own): changes.append(.repair(onnxRepair(own, step)))
      case .mixing:
        guard !step.draws else { throw ONNXWriter.inexpressible(onnxOmission ?? "") }
      case .thresholds(let thresholds):
        let all = byGroup(step, thresholds.groups, thresholds.pooled)
        rule =
          step.draws
          ? .drawn(all.map(\.onnxMixture)) : .thresholds(all.map(\.onlyThreshold))
      case .blended(let blended):
        rule = .blended(columns: adjustments.probabilities?.columns ?? [], thresholds: blended.thresholds)
      case .rejectOption(let rejection):
        let option = rejection.option
        rule = .rejection(
          lower: Float(option.threshold - option.margin), upper: Float(option.threshold + option.margin),
          threshold: Float(option.threshold),
          gains: byGroup(step, rejection.gains.map { $0.map { $0 ? 1 : 0 } }, -1))
      case .draw: throw ONNXWriter.inexpressible(onnxOmission ?? "")
      case .abstention(let own): abstention = byGroup(step, own.groups, own.pooled)
      case .sets, .ranks: break
      }
    }
    return ONNXAdjustments(
      scores: scores, attributes: try adjustments.attributes.map { try $0.onnxAttribute() }, changes: changes,
      rule: rule, abstention: abstention)
  }

  private func byGroup<Value>(_ step: Adjustment, _ groups: [Value?], _ pooled: Value) -> ONNXByGroup<Value> {
    guard let attribute = step.attribute else { return ONNXByGroup(attribute: nil, [pooled]) }
    return ONNXByGroup(attribute: attribute, groups.map { $0 ?? pooled } + [pooled])
  }

  private func onnxChange(_ calibration: ScoreCalibration, _ step: Adjustment) -> ONNXAdjustments.Change {
    let all = byGroup(step, calibration.groups, calibration.pooled)
    // With several classes, a temperature divides the logits of all of them.
    let temperatures = all.values.compactMap { own -> Double? in
      guard case .temperature(let scaling)? = own.calibrators.first, scoreCount > 1 else { return nil }
      return scaling.temperature
    }
    guard temperatures.count < all.values.count else {
      return .temperature(ONNXByGroup(attribute: all.attribute, temperatures))
    }
    return .curves(all.map { $0.calibrators.map(\.onnxCurve) })
  }

  private func onnxRepair(_ own: RepairByGroup, _ step: Adjustment) -> ONNXScoreRepair {
    let scores = own.repair.scores
    let distributions = own.places.map { $0.flatMap { scores.indices.contains($0) ? scores[$0] : nil } }
    return ONNXScoreRepair(
      own: byGroup(step, distributions, own.pooled),
      targets: zip(scores, own.repair.shares).map { ($0, $1) }, strength: own.repair.strength)
  }
}

extension GroupDecision {
  /// The threshold of a decision that is not drawn.
  fileprivate var onlyThreshold: Float { share > 0 ? thresholds.first : thresholds.second }

  fileprivate var onnxMixture: ONNXAdjustments.Mixture {
    ONNXAdjustments.Mixture(
      first: thresholds.first, second: thresholds.second, share: share, coin: coin.used, yes: coin.yes)
  }
}

extension AnyCalibrator {
  fileprivate var onnxCurve: ONNXCurve {
    switch self {
    case .platt(let own):
      .sigmoid(ofLogarithm: 0, ofComplement: 0, slope: -own.slope, intercept: -own.intercept)
    case .beta(let own): .sigmoid(ofLogarithm: own.a, ofComplement: own.b, slope: 0, intercept: own.c)
    case .temperature(let own):
      .sigmoid(ofLogarithm: 1 / own.temperature, ofComplement: 1 / own.temperature, slope: 0, intercept: 0)
    case .isotonic(let own): .linear(scores: own.scores, values: own.probabilities)
    case .histogram(let own): .steps(edges: own.edges, values: own.probabilities)
    case .vennAbers(let own):
      .stepsAndPoints(
        scores: own.scores, values: zip(own.lower, own.upper).map { $1 / (1 - $0 + $1) })
    }
  }
}

extension AdjustedAttribute {
  /// - Throws: `unsupported` for groups that do not follow from columns of values.
  fileprivate func onnxAttribute() throws -> ONNXAttribute {
    var values = columns.map { _ in [String]() }
    var knowsMissing = columns.map { _ in false }
    let bins = try columns.map { column -> [String]? in
      guard column.lexicon.isEmpty, column.quantiles == nil || column.bins != nil else {
        throw ONNXWriter.inexpressible(
          "the groups of \"\(column.name)\" do not follow from the values of a column")
      }
      return column.bins.map(Groups.names(ofBins:))
    }
    // nil: a missing value.
    let names = groups.map { group -> [String?] in
      let parts = columns.count == 1 ? [group] : NameList.names(in: group)
      return parts.map { $0 == SensitiveAttribute.missingGroup ? nil : SensitiveAttribute.value(ofGroup: $0) }
    }
    guard names.allSatisfy({ $0.count == columns.count }) else {
      throw ONNXWriter.inexpressible("its groups do not name a value for each column")
    }
    for (place, own) in bins.enumerated() {
      let met = names.map { $0[place] }
      knowsMissing[place] = met.contains { $0 == nil }
      values[place] = own ?? Set(met.compactMap { $0 }).sorted()
    }
    let codes = try names.map { group in
      try zip(group, values).map { name, values -> Int in
        guard let name else { return values.count }
        guard let code = values.firstIndex(of: name) else {
          throw ONNXWriter.inexpressible("\"\(name.excerpt)\" is none of its groups")
        }
        return code
      }
    }
    return ONNXAttribute(
      columns: columns.indices.map { place in
        ONNXAttribute.Column(
          name: columns[place].name, values: bins[place] == nil ? values[place] : [],
          bins: columns[place].bins, knowsMissing: knowsMissing[place])
      }, groups: codes, refusesUnknown: refusesUnknown)
  }
}
