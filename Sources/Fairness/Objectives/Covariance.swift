import Platform

/// The covariance between group membership and the signal (Zafar et al. 2017, equation 9, applied to the
/// signal itself): |mean((1[group] − share of the group) · s)|, the maximum over the groups.
public final class Covariance: Objective {
  public let components: [String]
  public var state: [Buffer<Float>] { [] }
  private let columns: Int
  private let groupCount: Int
  private let shares: Buffer<Float>
  private let sums: Buffer<Float>
  private var chosen: [(group: Int, sign: Float)]
  private var total: Float = 0

  public init(columns: Int, groups: Int) throws {
    self.columns = max(columns, 1)
    groupCount = groups
    components = (0..<self.columns).map { columns > 1 ? "covariance[\($0)]" : "covariance" }
    shares = try Buffer<Float>(count: groups)
    sums = try Buffer<Float>(count: groups)
    chosen = Array(repeating: (0, 0), count: self.columns)
  }

  // signal (rows, columns) → the largest |covariance| of each column
  public func measure(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups, gaps: UnsafeMutablePointer<Float>
  ) {
    total = 0
    shares.pointer.update(repeating: 0, count: groupCount)
    for row in 0..<batch.rows {
      let weight = batch.weights?[row] ?? 1
      shares.pointer[Int(groups.codes[row])] += weight
      total += weight
    }
    for column in 0..<columns {
      gaps[column] = 0
      chosen[column] = (0, 0)
      guard total > 0 else { continue }
      sums.pointer.update(repeating: 0, count: groupCount)
      var mean: Float = 0
      for row in 0..<batch.rows {
        let value = (batch.weights?[row] ?? 1) * values[row * columns + column]
        sums.pointer[Int(groups.codes[row])] += value
        mean += value
      }
      for group in 0..<groupCount {
        let covariance = (sums.pointer[group] - shares.pointer[group] / total * mean) / total
        if abs(covariance) > gaps[column] {
          gaps[column] = abs(covariance)
          chosen[column] = (group, covariance > 0 ? 1 : -1)
        }
      }
    }
  }

  // ∂/∂s = sign · w (1[group] − share) / Σ w
  public func addGradient(
    _ batch: Batch, values: UnsafePointer<Float>, groups: BatchGroups,
    coefficients: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>
  ) {
    for column in 0..<columns {
      let (group, sign) = chosen[column]
      guard sign != 0, coefficients[column] != 0 else { continue }
      let share = shares.pointer[group] / total
      let scale = coefficients[column] * sign / total
      for row in 0..<batch.rows {
        let inside: Float = Int(groups.codes[row]) == group ? 1 : 0
        gradients[row * columns + column] += scale * (batch.weights?[row] ?? 1) * (inside - share)
      }
    }
  }
}
