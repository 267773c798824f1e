import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The data of an audit's analyses: columns as plain arrays; a column is nil if the audit does not have it.
package struct AnalysisRows {
  /// A sensitive attribute, or an intersection, with groups in alphabetical order.
  package struct Grouping {
    package let attribute: String
    package let names: [String]
    package let codes: [Int32]
  }

  package let dataset: Dataset
  package let data: DataConfig
  package let model: Model?
  package let task: Fairness.Task?
  package let classLabels: [String]
  /// The decision threshold; nil if none is given.
  package let threshold: Double?
  /// The configured threshold, which replaces a model's decision; nil: the model decides.
  var statedThreshold: Double?
  /// Classes 0, 1, … or the values of a regression.
  package let labels: [Double]?
  /// With two classes: 0 or 1; for a regression: the predictions; nil if there are neither.
  package let decisions: [Double]?
  /// Probabilities of class 1, or the predictions of a regression.
  package let scores: [Double]?
  /// A model's scores for several classes, (rows, classes).
  let classScores: Buffer<Float>?
  package let weights: [Double]?
  package let groupings: [Grouping]
  package let attributes: SensitiveAttributes
  /// The audit options for analyses that run audits themselves.
  package var selection = AuditSelection()
  /// Trains models that predict groups; nil if no section needs one.
  var learner: (any GroupLearner)?

  /// - Parameters:
  ///   - labels: nil if the audit has none.
  ///   - decided: the model's scores and decisions; nil: they are columns of the dataset.
  package init(
    _ dataset: Dataset, _ data: DataConfig, by: [AttributeReference], labels: Labels?, model: Model?,
    decided: DecidedRows?, threshold: Double?
  ) throws {
    self.dataset = dataset
    self.data = data
    self.model = model
    self.threshold = threshold
    let rule = DecisionRule(threshold: threshold ?? 0.5)
    task = labels?.task ?? model?.task
    classLabels = labels?.classes ?? model?.classLabels ?? []
    self.labels = try labels.map { try $0.doubles().array }
    weights = try Evaluation.weights(dataset, data.weight)?.array
    attributes = try SensitiveAttributes(dataset, data.sensitive)
    let attributes = attributes
    groupings = try (by.isEmpty ? attributes.each : by).enumerated().map { index, reference in
      try Self.grouping(reference, attributes, rows: dataset.rows, at: "/by/\(index)")
    }
    if case .multiclass = task { classScores = decided?.scores } else { classScores = nil }
    if let decided, task == .binary || task == .regression {
      let scores = Self.doubles(decided.scores)
      self.scores = scores
      decisions = decided.decisions.map { $0.array.map(Double.init) } ?? scores
      return
    }
    let scores = try data.score.map { try Self.finite(dataset, $0, "a score") }
    self.scores = scores
    if let name = data.prediction, let labels, case .binary = labels.task {
      decisions = try labels.decisions(dataset, name, data).doubles().array
    } else if task == .regression {
      decisions = try data.prediction.map { try Self.finite(dataset, $0, "a prediction") } ?? scores
    } else {
      decisions = scores.map { $0.map { rule.isPositive($0) ? 1 : 0 } }
    }
  }

  package var rows: Int { dataset.rows }

  private static func doubles(_ values: Buffer<Float>) -> [Double] {
    values.array.map { Double($0) }
  }

  /// - Throws: `invalidData` for a missing or infinite number.
  package static func finite(_ dataset: Dataset, _ name: String, _ noun: String) throws -> [Double] {
    let numbers = try dataset.column(name).doubles().array
    if let row = numbers.firstIndex(where: { !$0.isFinite }) {
      throw Failure.invalidColumn(
        name, "row \(row): \(numbers[row].isNaN ? "a missing value" : "\(numbers[row])") is not \(noun)")
    }
    return numbers
  }

  /// The groups, sorted by name with missing values last, so that the result does not depend on the order of
  /// the rows.
  package static func grouping(
    _ reference: AttributeReference, _ attributes: SensitiveAttributes, rows: Int, at pointer: String
  ) throws -> Grouping {
    let (codes, names) = try attributes.dense(reference, rows: rows, at: pointer)
    let missing = SensitiveAttribute.missingGroup
    let order = names.indices.sorted {
      (names[$0] == missing ? 1 : 0, names[$0]) < (names[$1] == missing ? 1 : 0, names[$1])
    }
    var places = [Int32](repeating: 0, count: names.count)
    for (place, index) in order.enumerated() { places[index] = Int32(clamping: place) }
    return Grouping(
      attribute: reference.label, names: order.map { names[$0] },
      codes: codes.array.map { places[Int($0)] })
  }

  /// - Throws: `invalidConfig` at the section if the audit has neither binary decisions nor values.
  func requireDecisions(at pointer: String) throws -> [Double] {
    guard let decisions else {
      throw Failure.invalidConfig(
        "decisions are needed: a model, or \"prediction\" or \"score\" in \"data\" (two classes or a regression)",
        at: pointer)
    }
    return decisions
  }

  func requireScores(at pointer: String) throws -> [Double] {
    guard let scores else {
      throw Failure.invalidConfig(
        "scores are needed: a model of two classes, or \"score\" in \"data\"", at: pointer)
    }
    return scores
  }

  /// One label, 0 or 1, per row.
  func requireBinaryLabels(at pointer: String) throws -> [Double] {
    guard let labels, case .binary = task else {
      throw Failure.invalidConfig("a label of two classes is needed, named in \"data\"", at: pointer)
    }
    return labels
  }

  /// A sample of `count` rows without replacement, in ascending order; all rows if there are no more than
  /// `count`.
  func sample(_ count: Int, seed: Int, purpose: String) -> [Int32] {
    guard count < rows else { return (0..<Int32(clamping: rows)).map { $0 } }
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: purpose)
    var chosen: [Int32] = []
    chosen.reserveCapacity(count)
    // Selection sampling: each row is taken with probability (rows still needed) / (rows left) (Knuth, volume
    // 2, algorithm S).
    for row in 0..<rows where chosen.count < count {
      if random.below(rows - row) < count - chosen.count { chosen.append(Int32(clamping: row)) }
    }
    return chosen
  }
}
