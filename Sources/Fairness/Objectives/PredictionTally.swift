/// Loss and errors of the rows that a pass has seen.
public struct PredictionTally: Sendable {
  public private(set) var loss = 0.0
  public private(set) var weight = 0.0
  /// By class: the weight of its rows, of those decided otherwise, and of all that are decided to be of it.
  public private(set) var classes: [Double] = []
  public private(set) var errors: [Double] = []
  public private(set) var decided: [Double] = []

  public init() {}

  public var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  /// The share of rows that are decided wrongly; 0 in regression.
  public var errorRate: Double { weight > 0 ? errors.reduce(0, +) / weight : 0 }
  /// The mean over the classes of the share that is decided wrongly.
  public var balancedErrorRate: Double {
    let present = classes.indices.filter { classes[$0] > 0 }
    return present.isEmpty ? 0 : present.reduce(0) { $0 + errors[$1] / classes[$1] } / Double(present.count)
  }
  /// The share of the largest class, and of the class that is decided most often.
  public var largestClass: Double { weight > 0 ? (classes.max() ?? 0) / weight : 0 }
  public var largestDecision: Double { weight > 0 ? (decided.max() ?? 0) / weight : 0 }
  public var isRegression: Bool { classes.isEmpty }

  /// - Parameters:
  ///   - losses: of each row.
  ///   - decisions: (rows, columns), 0 or 1; nil: a regression.
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
    for row in 0..<batch.rows {
      let own = Double(batch.weights?[row] ?? 1)
      loss += own * Double(losses[row])
      weight += own
      guard let decisions else { continue }
      var decision = 0
      if columns > 1 {
        for column in 0..<columns where decisions[row * columns + column] > 0.5 { decision = column }
      } else {
        decision = decisions[row] > 0.5 ? 1 : 0
      }
      let label = columns > 1 ? Int(batch.labels[row]) : batch.labels[row] > 0.5 ? 1 : 0
      guard classes.indices.contains(label) else { continue }
      classes[label] += own
      decided[decision] += own
      if label != decision { errors[label] += own }
    }
  }

  public mutating func merge(_ other: PredictionTally) {
    loss += other.loss
    weight += other.weight
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
