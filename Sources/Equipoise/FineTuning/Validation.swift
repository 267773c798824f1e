import Datasets
import Engine
import Fairness
import Formats
import Platform

/// The rows on which a network in training is judged.
struct Validation {
  let inputs: NetworkInputs
  let evaluation: Evaluation
  let loss: any Loss
  let threshold: Double
  /// Of `loss`, row by row; nil: all ones.
  private let weights: Buffer<Float>?

  init(
    _ dataset: Dataset, _ config: FineTuneConfig, attributes: [AttributeReference], labels: Labels,
    inputs: NetworkInputs, loss: any Loss
  ) throws {
    self.inputs = inputs
    self.loss = loss
    threshold = config.threshold
    var selection = config.audit
    selection.policy = config.policy
    // Whatever an objective or early stopping looks at is audited, too.
    let attributes = attributes + [config.train.earlyStopping?.attribute].compactMap { $0 }
    if selection.by.isEmpty { selection.by = config.data.sensitive.map { AttributeReference([$0.name]) } }
    for attribute in attributes where attribute != .terms && !selection.by.contains(attribute) {
      selection.by.append(attribute)
    }
    do {
      evaluation = try Evaluation(dataset, config.data, selection, labels: labels)
    } catch let failure as Failure {
      throw failure.below("/audit")
    }
    weights = try evaluation.weights.map { weights in
      let narrow = try Buffer<Float>(count: weights.count, for: "weights")
      for row in 0..<weights.count { narrow.pointer[row] = Float(weights.pointer[row]) }
      return narrow
    }
  }

  struct Result {
    let audit: AuditResult
    let loss: Double
    /// What was audited.
    let scores: Buffer<Float>
  }

  /// Tests of what changed for the same rows; null for regressions and weighted rows.
  func changes(from before: Result, to after: Result) throws -> JSONValue {
    try evaluation.changes(from: before.scores, to: after.scores, threshold: threshold) ?? .null
  }

  func judge(_ network: Network, reported: Bool = false) throws -> Result {
    let predictor = try Predictor(network.graph, longestText: inputs.tokens?.longest ?? 0)
    let width = network.graph.outputWidth
    let outputs = try Buffer<Float>(count: inputs.rows * width, for: "outputs")
    try predictor.run(
      rows: inputs.rows, lengths: inputs.tokens?.lengths.pointer, fill: inputs.fill
    ) { range, values in
      (outputs.pointer + range.lowerBound * width).update(from: values, count: range.count * width)
    }
    let scoring = Scoring(network: network, task: evaluation.labels.task)
    let scores = try Buffer<Float>(count: inputs.rows * scoring.count, for: "scores")
    scoring.write(outputs.pointer, rows: inputs.rows, to: scores.pointer)
    return Result(
      audit: try audit(scores, reported), loss: try meanLoss(outputs, width: width), scores: scores)
  }

  /// - Parameter reported: with intervals and tests, if they were asked for.
  private func audit(_ scores: Buffer<Float>, _ reported: Bool) throws -> AuditResult {
    do {
      return try (reported ? evaluation : evaluation.quick).audit(scores, threshold: threshold)
    } catch let failure as Failure {
      throw failure.below("/audit")
    }
  }

  private func meanLoss(_ outputs: Buffer<Float>, width: Int) throws -> Double {
    let losses = try Buffer<Float>(count: inputs.rows, for: "losses")
    let slopes = try Buffer<Float>(count: inputs.rows * width, for: "losses")
    let labels = evaluation.labels
    let values = try labels.values()
    withExtendedLifetime(values) {
      loss.evaluate(
        Batch(
          task: labels.task, rows: inputs.rows, width: width, outputs: outputs.pointer, labels: values.pointer
        ),
        losses: losses.pointer, slopes: slopes.pointer)
    }
    var (sum, total) = (0.0, 0.0)
    for row in 0..<inputs.rows {
      let weight = Double(weights?.pointer[row] ?? 1)
      sum += Double(losses.pointer[row]) * weight
      total += weight
    }
    return total > 0 ? sum / total : 0
  }
}

extension Criterion {
  /// The measure of decisions that an audit has for the criterion; nil for those that are no gap of
  /// decisions.
  var auditMeasure: String? {
    switch self {
    case .demographicParity: "demographic_parity_difference"
    case .equalOpportunity: "equal_opportunity_difference"
    case .equalizedOdds: "equalized_odds_difference"
    case .predictiveEquality: "fpr_difference"
    case .predictiveParity: "precision_difference"
    case .accuracyParity: "accuracy_difference"
    case .f1Parity: "f1_difference"
    default: nil
    }
  }
}
