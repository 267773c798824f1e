import Platform

/// Counterfactual consistency: the mean over the rows of |s(x, z) − s(x, z')|, where z' is another value of
/// the sensitive attribute. Everything else in the row stays the same, except columns that were declared to
/// depend on the attribute (Kusner et al. 2017; Garg et al. 2019 for the penalty). With more than two classes
/// it is the total variation: half the sum over the classes.
///
/// The batch holds the rows, followed by the same rows with the attribute switched.
public final class CounterfactualConsistency: Objective {
  public let components = ["counterfactual"]
  public var state: [Buffer<Float>] { [] }
  private let columns: Int
  private var total: Float = 0

  /// - Parameter columns: 1, or the number of classes.
  public init(columns: Int) { self.columns = max(columns, 1) }

  private var share: Float { columns > 1 ? 0.5 : 1 }

  // signal (2 · rows, columns): `batch.rows` counts the rows, not their switched copies
  public func measure(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups, gaps: UnsafeMutablePointer<Float>
  ) {
    let switched = values + batch.rows * columns
    var sum: Float = 0
    total = 0
    for row in 0..<batch.rows {
      let weight = batch.weights?[row] ?? 1
      total += weight
      for index in row * columns..<(row + 1) * columns {
        sum += weight * abs(values[index] - switched[index])
      }
    }
    gaps[0] = total > 0 ? share * sum / total : 0
  }

  // ∂/∂s(x, z) = w sign / Σ w, and its opposite for the switched row
  public func addGradient(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups,
    coefficients: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>
  ) {
    guard total > 0 else { return }
    let offset = batch.rows * columns
    let scale = coefficients[0] * share / total
    for row in 0..<batch.rows {
      let weight = scale * (batch.weights?[row] ?? 1)
      for index in row * columns..<(row + 1) * columns {
        let difference = values[index] - values[index + offset]
        let gradient = difference > 0 ? weight : (difference < 0 ? -weight : 0)
        gradients[index] += gradient
        gradients[index + offset] -= gradient
      }
    }
  }
}
