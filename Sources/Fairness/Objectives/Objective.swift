import Platform

/// A fairness criterion in training: measures how far a batch is from it, and the gradient towards it.
///
/// An objective has one or more components (the two rates of equalized odds, the classes of a multiclass
/// task). Each component is a gap, which is 0 if the criterion holds. With a weight, the sum of the gaps is a
/// penalty; with a tolerance, each gap is a constraint with its own multiplier.
public protocol Objective: AnyObject {
  /// The names of the components in reports: "tpr", "selection_rate[2]".
  var components: [String] { get }

  /// Measures the gaps of a batch.
  ///
  /// - Parameters:
  ///   - values: the signal, (rows, columns).
  ///   - gaps: out, one per component.
  func measure(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups, gaps: UnsafeMutablePointer<Float>)

  /// Adds the gradient of Σ coefficientᶜ · gapᶜ with respect to the signal; call it after `measure` of the
  /// same batch.
  func addGradient(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups,
    coefficients: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>)

  /// The state that changes from batch to batch, for checkpoints.
  var state: [Buffer<Float>] { get }
}
