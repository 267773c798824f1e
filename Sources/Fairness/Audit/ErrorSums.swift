import FairnessKernels

/// The moments of a regression's labels and errors in one group; they can be merged.
public struct ErrorSums: Equatable, Sendable {
  /// Σ w over the rows with finite numbers.
  public private(set) var weight: Double
  /// Σ w y / Σ w; 0 without rows.
  public private(set) var meanLabel: Double
  /// Σ w (y − mean)².
  public private(set) var labelSquares: Double
  /// Σ w e with e = prediction − label.
  public private(set) var error: Double
  /// Σ w |e|.
  public private(set) var absoluteError: Double
  /// Σ w e².
  public private(set) var squaredError: Double
  /// The weight of rows whose label or prediction is NaN or infinite; they are not part of the other sums.
  public private(set) var notFinite: Double
  /// Σ w |e| / max(|y|, 2⁻⁵²); nil in sums saved by versions that did not have it.
  public private(set) var relativeError: Double?

  init(_ sums: group_cells_error_sums) {
    let mean = sums.weight > 0 ? sums.shifted_label / sums.weight : 0
    weight = sums.weight
    meanLabel = sums.weight > 0 ? sums.shift + mean : 0
    labelSquares = max(0, sums.shifted_label_squared - mean * sums.shifted_label)
    error = sums.error
    absoluteError = sums.absolute_error
    squaredError = sums.squared_error
    notFinite = sums.not_finite
    relativeError = sums.relative_error
  }

  /// The lengths of `numbers`: without and with the relative error.
  static let counts = 7...8

  /// All sums in a fixed order, for saving.
  var numbers: [Double] {
    [weight, meanLabel, labelSquares, error, absoluteError, squaredError, notFinite]
      + (relativeError.map { [$0] } ?? [])
  }

  /// - Parameter numbers: in the order of `numbers`.
  init(numbers: [Double]) {
    func number(_ index: Int) -> Double { numbers.indices.contains(index) ? numbers[index] : 0 }
    (weight, meanLabel, labelSquares) = (number(0), number(1), number(2))
    (error, absoluteError, squaredError, notFinite) = (number(3), number(4), number(5), number(6))
    relativeError = numbers.count > 7 ? number(7) : nil
  }

  /// Merges means and squares by the parallel update of Chan, Golub and LeVeque (1979).
  mutating func add(_ other: ErrorSums) {
    let total = weight + other.weight
    if total > 0 {
      let step = other.meanLabel - meanLabel
      labelSquares += other.labelSquares + step * step * (weight * other.weight / total)
      meanLabel += step * (other.weight / total)
    }
    weight = total
    error += other.error
    absoluteError += other.absoluteError
    squaredError += other.squaredError
    notFinite += other.notFinite
    relativeError = relativeError.flatMap { own in other.relativeError.map { own + $0 } }
  }
}
