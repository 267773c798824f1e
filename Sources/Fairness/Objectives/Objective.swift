import Platform

/// A fairness criterion in training: how far a batch is from it, and in which direction to move.
///
/// An objective has one or several components (the two rates of equalized odds, the classes of a
/// multiclass task), each a gap that is 0 when the criterion holds. With a weight the sum of the gaps
/// is a penalty; with a tolerance each gap is a constraint with a multiplier of its own.
public protocol Objective: AnyObject {
  /// What the components are called in reports: "tpr", "selection_rate[2]".
  var components: [String] { get }

  /// Measures the gaps of a batch.
  ///
  /// - Parameters:
  ///   - values: the signal, (rows, columns).
  ///   - gaps: out, one a component.
  func measure(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups, gaps: UnsafeMutablePointer<Float>)

  /// Adds the gradient of Σ coefficientᶜ · gapᶜ for the signal, after `measure` of the same batch.
  func addGradient(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups,
    coefficients: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>)

  /// What changes from batch to batch, for checkpoints.
  var state: [Buffer<Float>] { get }
}
