/// The loss and the errors over the rows of a pass.
public struct PredictionTally: Sendable {
  /// Σ weight · loss.
  public private(set) var loss = 0.0
  public private(set) var weight = 0.0
  /// Σ over batches of rows · Σ weight · gap, for penalties.
  private var penalty = 0.0
  private var penalizedRows = 0.0
  /// For each class: the weight of its rows.
  public private(set) var classes: [Double] = []
  /// For each class: the weight of its rows with a wrong decision.
  public private(set) var errors: [Double] = []
  /// For each class: the weight of the rows that were decided to be of the class.
  public private(set) var decided: [Double] = []

  public init() {}

  public var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  /// The mean over batches of the penalties.
  public var meanPenalty: Double { penalizedRows > 0 ? penalty / penalizedRows : 0 }
  /// The share of wrong decisions; 0 in a regression.
  public var errorRate: Double { weight > 0 ? errors.reduce(0, +) / weight : 0 }
  /// The mean over the classes of the share of wrong decisions.
  public var balancedErrorRate: Double {
    let present = classes.indices.filter { classes[$0] > 0 }
    return present.isEmpty ? 0 : present.reduce(0) { $0 + errors[$1] / classes[$1] } / Double(present.count)
  }
  /// The share of the largest class.
  public var largestClass: Double { weight > 0 ? (classes.max() ?? 0) / weight : 0 }
  /// The share of the most frequent decision.
  public var largestDecision: Double { weight > 0 ? (decided.max() ?? 0) / weight : 0 }
  public var isRegression: Bool { classes.isEmpty }

  /// - Parameters:
  ///   - losses: the loss of each row.
  ///   - decisions: (rows, columns), 0 or 1; nil for a regression.
  mutating func add(
    _ batch: Batch, losses: UnsafePointer<Float>, decisions: UnsafePointer<Float>?, columns: Int
  ) {
    let count = columns > 1 ? columns : 2
    if decisions != nil, classes.count < count {
      for _ in classes.count..<count {
        classes.append(0)
        errors.append(0)
        decided.append(0)
      }
    }
    if columns <= 1, let decisions { return add(batch, losses: losses, decisions) }
    for row in 0..<batch.rows {
      let own = Double(batch.weights?[row] ?? 1)
      loss += own * Double(losses[row])
      weight += own
      guard let decisions else { continue }
      var decision = 0
      for column in 0..<columns where decisions[row * columns + column] > 0.5 { decision = column }
      let label = Int(batch.labels[row])
      guard classes.indices.contains(label) else { continue }
      classes[label] += own
      decided[decision] += own
      if label != decision { errors[label] += own }
    }
  }

  /// Adds the penalties of a batch.
  mutating func add(penalty own: Double, rows: Int) {
    penalty += Double(rows) * own
    penalizedRows += Double(rows)
  }

  /// The same for two classes, with the sums in registers.
  private mutating func add(
    _ batch: Batch, losses: UnsafePointer<Float>, _ decisions: UnsafePointer<Float>
  ) {
    // Positive labels and decisions, and the wrong decisions of each class.
    var (sum, all, labels, selected, missed, wrong) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for row in 0..<batch.rows {
      let own = Double(batch.weights?[row] ?? 1)
      let (label, decision) = (batch.labels[row] > 0.5, decisions[row] > 0.5)
      sum += own * Double(losses[row])
      all += own
      labels += label ? own : 0
      selected += decision ? own : 0
      missed += label && !decision ? own : 0
      wrong += !label && decision ? own : 0
    }
    loss += sum
    weight += all
    classes[0] += all - labels
    classes[1] += labels
    decided[0] += all - selected
    decided[1] += selected
    errors[0] += wrong
    errors[1] += missed
  }

  public mutating func merge(_ other: PredictionTally) {
    loss += other.loss
    weight += other.weight
    penalty += other.penalty
    penalizedRows += other.penalizedRows
    for index in other.classes.indices {
      if index < classes.count {
        classes[index] += other.classes[index]
        errors[index] += other.errors[index]
        decided[index] += other.decided[index]
      } else {
        classes.append(other.classes[index])
        errors.append(other.errors[index])
        decided.append(other.decided[index])
      }
    }
  }
}
