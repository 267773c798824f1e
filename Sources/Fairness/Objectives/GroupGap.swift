import Platform

/// The gap between groups in one or several statistics: demographic parity, equal opportunity,
/// equalized odds, predictive parity, accuracy parity, bounded group loss.
///
/// The gap of one batch is noisy, and the mean of |noise| is not zero. With `memory` above 0, numerators and
/// denominators are exponentially decaying means over past batches. The gap's size and direction are then
/// those of many batches, while the gradient is that of the current batch.
public final class GroupGap: Objective {
  public let statistics: [GroupStatistic]
  public let disparity: Disparity
  /// The factor by which sums of past batches decay; 0: only the current batch counts.
  public let memory: Float
  public let components: [String]
  private let columns: Int
  let groupCount: Int
  // For each component and group; the last group is all rows.
  private let numerators: Buffer<Float>
  private let denominators: Buffer<Float>
  private let batchDenominators: Buffer<Float>
  private let values: Buffer<Float>
  private let slopes: Buffer<Float>
  /// Slope · coefficient / denominator of each group, for one component.
  private let scales: Buffer<Float>

  /// - Parameters:
  ///   - columns: the number of columns of the signal: the number of classes if there are more than two, else
  ///     1.
  public init(
    _ statistics: [GroupStatistic], disparity: Disparity, columns: Int, groups: Int, memory: Float = 0
  ) throws {
    self.statistics = statistics
    self.disparity = disparity
    self.memory = memory
    self.columns = max(columns, 1)
    groupCount = groups
    components = statistics.flatMap { statistic in
      (0..<max(columns, 1)).map { columns > 1 ? "\(statistic.name)[\($0)]" : statistic.name }
    }
    let size = components.count * (groups + 1)
    numerators = try Buffer<Float>(count: size)
    denominators = try Buffer<Float>(count: size)
    batchDenominators = try Buffer<Float>(count: size)
    values = try Buffer<Float>(count: size)
    slopes = try Buffer<Float>(count: size)
    scales = try Buffer<Float>(count: groups + 1)
  }

  /// The running sums, which checkpoints store.
  public var state: [Buffer<Float>] { memory > 0 ? [numerators, denominators] : [] }

  // signal (rows, columns) → the gap of each statistic and column
  public func measure(
    _ batch: Batch, values signal: UnsafePointer<Float>, groups: BatchGroups,
    gaps: UnsafeMutablePointer<Float>
  ) {
    let stride = groupCount + 1
    var component = 0
    for statistic in statistics {
      for column in 0..<columns {
        let base = component * stride
        let (numerator, denominator) = (numerators.pointer + base, denominators.pointer + base)
        for group in 0..<stride {
          numerator[group] *= memory
          denominator[group] *= memory
          batchDenominators.pointer[base + group] = 0
        }
        sum(
          statistic, batch, signal, column, groups, numerator, denominator, batchDenominators.pointer + base)
        for group in 0..<stride {
          values.pointer[base + group] =
            abs(denominator[group]) > 1e-12 ? numerator[group] / denominator[group] : .nan
        }
        gaps[component] = disparity.gap(
          values.pointer + base, groups: groupCount, slopes: slopes.pointer + base)
        component += 1
      }
    }
  }

  private func sum(
    _ statistic: GroupStatistic, _ batch: Batch, _ signal: UnsafePointer<Float>, _ column: Int,
    _ groups: BatchGroups, _ numerator: UnsafeMutablePointer<Float>,
    _ denominator: UnsafeMutablePointer<Float>, _ present: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<batch.rows {
      let (n, d) = statistic.terms(label: batch.labels[row], column: column, of: columns)
      let weight = batch.weights?[row] ?? 1
      let s = signal[row * columns + column]
      let group = Int(groups.codes[row])
      numerator[group] += weight * (n.intercept + n.slope * s)
      present[group] += weight * (d.intercept + d.slope * s)
      if disparity == .overall {
        numerator[groupCount] += weight * (n.intercept + n.slope * s)
        present[groupCount] += weight * (d.intercept + d.slope * s)
      }
    }
    for group in 0...groupCount { denominator[group] += present[group] }
  }

  // ∂γ(g)/∂s = w (b − γ d) / denominator(g), times the slope of the gap with respect to γ(g)
  public func addGradient(
    _ batch: Batch, values signal: UnsafePointer<Float>, groups: BatchGroups,
    coefficients: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>
  ) {
    let stride = groupCount + 1
    var component = 0
    for statistic in statistics {
      for column in 0..<columns {
        defer { component += 1 }
        let base = component * stride
        let coefficient = coefficients[component]
        guard coefficient != 0 else { continue }
        let scales = scales.pointer
        var anything = false
        for group in 0..<stride {
          let present = batchDenominators.pointer[base + group]
          scales[group] =
            abs(present) > 1e-12 ? slopes.pointer[base + group] * coefficient / present : 0
          anything = anything || scales[group] != 0
        }
        guard anything else { continue }
        for row in 0..<batch.rows {
          let group = Int(groups.codes[row])
          let scale = scales[group]
          let all = scales[groupCount]
          guard scale != 0 || all != 0 else { continue }
          let (n, d) = statistic.terms(label: batch.labels[row], column: column, of: columns)
          let weight = batch.weights?[row] ?? 1
          gradients[row * columns + column] +=
            weight
            * (scale * (n.slope - value(base, group) * d.slope) + all
              * (n.slope - value(base, groupCount) * d.slope))
        }
      }
    }
  }

  @inline(__always)
  private func value(_ base: Int, _ group: Int) -> Float {
    let value = values.pointer[base + group]
    return value.isNaN ? 0 : value
  }
}
