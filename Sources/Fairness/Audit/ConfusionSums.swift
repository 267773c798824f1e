/// The confusion table of one group. It is additive: tables of parts of the data add up.
public struct ConfusionSums: Equatable, Sendable {
  /// Weighted rows by label (outer) and decision (inner), classes × classes.
  public private(set) var weights: [Double]
  public let classes: Int

  init(classes: Int, weights: [Double]) {
    self.classes = classes
    self.weights = weights
  }

  /// The weight of the rows with this label and decision; 0 for an unknown class.
  public func weight(label: Int, decision: Int) -> Double {
    let cell = label * classes + decision
    return weights.indices.contains(cell) ? weights[cell] : 0
  }

  mutating func add(_ other: ConfusionSums) {
    for cell in weights.indices where other.weights.indices.contains(cell) {
      weights[cell] += other.weights[cell]
    }
  }

  public var total: Double { weights.reduce(0, +) }
  /// The weight of the rows with this label.
  public func labelled(_ label: Int) -> Double {
    (0..<classes).reduce(0) { $0 + weight(label: label, decision: $1) }
  }
  /// The weight of the rows with this decision.
  public func decided(_ decision: Int) -> Double {
    (0..<classes).reduce(0) { $0 + weight(label: $1, decision: decision) }
  }
  public var correct: Double { (0..<classes).reduce(0) { $0 + weight(label: $1, decision: $1) } }

  /// Class `index` against all others, as a binary table.
  public func oneVersusRest(_ index: Int) -> ConfusionSums {
    let hit = weight(label: index, decision: index)
    let positives = labelled(index)
    let selected = decided(index)
    // Rounding may make a difference of sums slightly negative.
    let rest = max(0, total - positives - selected + hit)
    return ConfusionSums(
      classes: 2, weights: [rest, max(0, selected - hit), max(0, positives - hit), hit])
  }

  // The four cells of a binary table.
  public var truePositives: Double { weight(label: 1, decision: 1) }
  public var falsePositives: Double { weight(label: 0, decision: 1) }
  public var trueNegatives: Double { weight(label: 0, decision: 0) }
  public var falseNegatives: Double { weight(label: 1, decision: 0) }
  public var positives: Double { truePositives + falseNegatives }
  public var negatives: Double { trueNegatives + falsePositives }
  public var selected: Double { truePositives + falsePositives }
  public var rejected: Double { trueNegatives + falseNegatives }
}
