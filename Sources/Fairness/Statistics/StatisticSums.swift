import FairnessKernels
import Platform

/// The numerators and denominators of group statistics, summed over rows.
///
/// The sums of parts (batches, shards, processes) add up to the sums of the whole. The same type therefore
/// holds the sums of one batch, of a running window and of all rows.
public final class StatisticSums {
  public let statistics: [GroupStatistic]
  /// The number of columns of the signal: 1, or the number of classes of a multiclass task.
  public let columns: Int
  public let groups: Int
  /// The number of components: one for each statistic and column.
  public let components: Int
  /// For each component: the groups, then all rows together; each has the sums of `Sum`. The last element is
  /// the number of rows.
  private let sums: Buffer<Double>
  /// The sums of one column's signals in a batch, (groups, without and with the label, SIGNAL_SUMS).
  private let cells: Buffer<Double>

  /// The sums over the rows of a group; n and d are a row's numerator and denominator terms, w is its weight.
  enum Sum: Int, CaseIterable {
    /// Σ w n and Σ w d.
    case numerator, denominator
    /// Σ w² n², Σ w² n d and Σ w² d², for standard errors.
    case numeratorSquares, products, denominatorSquares
    /// The number of rows whose label gives them a part in the denominator.
    case count

    static let width = 6
  }

  /// - Parameters:
  ///   - columns: the number of columns of the signal; at least 1.
  ///   - groups: the number of groups.
  /// - Throws: `outOfMemory`.
  public init(_ statistics: [GroupStatistic], columns: Int, groups: Int) throws {
    self.statistics = statistics
    self.columns = max(columns, 1)
    self.groups = groups
    components = statistics.count * self.columns
    sums = try Buffer<Double>(
      count: components * (groups + 1) * Sum.width + 1, for: "group statistics")
    cells = try Buffer<Double>(count: groups * 2 * Int(SIGNAL_SUMS), for: "group statistics")
  }

  /// The number of rows that were added.
  public private(set) var rows: Double {
    get { sums.pointer[sums.count - 1] }
    set { sums.pointer[sums.count - 1] = newValue }
  }

  /// Adds the rows of a batch.
  ///
  /// - Parameters:
  ///   - values: the signal, (rows, columns).
  public func add(_ batch: Batch, values: UnsafePointer<Float>, groups codes: BatchGroups) {
    rows += Double(batch.rows)
    let width = Sum.width
    for column in 0..<columns {
      signal_sums(
        values + column, Int64(columns), batch.labels, columns > 1 ? Float(column) : -1, batch.weights,
        codes.codes, Int64(batch.rows), Int64(groups), cells.pointer)
      for (index, statistic) in statistics.enumerated() {
        let base = sums.pointer + (index * columns + column) * (groups + 1) * width
        for group in 0..<groups {
          for label in 0..<2 {
            let cell = Cell(cells.pointer + (group * 2 + label) * Int(SIGNAL_SUMS))
            let (n, d) =
              label == 1
              ? (statistic.numerator.1, statistic.denominator.1)
              : (statistic.numerator.0, statistic.denominator.0)
            cell.add(n, d, to: base + group * width)
            cell.add(n, d, to: base + groups * width)
          }
        }
      }
    }
  }

  /// The sums of the rows of a group with the same label. For them, a statistic's terms are linear in the signal.
  private struct Cell {
    let rows: Double
    let weights: Double
    let values: Double
    let squaredWeights: Double
    let products: Double
    let squares: Double

    @inline(__always)
    init(_ sums: UnsafePointer<Double>) {
      (rows, weights, values) = (
        sums[Int(SIGNAL_ROWS)], sums[Int(SIGNAL_WEIGHTS)], sums[Int(SIGNAL_VALUES)]
      )
      (squaredWeights, products, squares) = (
        sums[Int(SIGNAL_SQUARED_WEIGHTS)], sums[Int(SIGNAL_PRODUCTS)], sums[Int(SIGNAL_SQUARES)]
      )
    }

    /// Adds the contribution of the rows to each `Sum`, in their order.
    @inline(__always)
    func add(_ n: GroupStatistic.Term, _ d: GroupStatistic.Term, to place: UnsafeMutablePointer<Double>) {
      let (a, b) = (Double(n.intercept), Double(n.slope))
      let (c, e) = (Double(d.intercept), Double(d.slope))
      place[0] += a * weights + b * values
      place[1] += c * weights + e * values
      place[2] += a * a * squaredWeights + 2 * a * b * products + b * b * squares
      place[3] += a * c * squaredWeights + (a * e + b * c) * products + b * e * squares
      place[4] += c * c * squaredWeights + 2 * c * e * products + e * e * squares
      if c != 0 || e != 0 { place[5] += rows }
    }
  }

  /// Adds the sums of other rows.
  public func merge(_ other: StatisticSums) {
    guard other.sums.count == sums.count else { return }
    for index in 0..<sums.count { sums.pointer[index] += other.sums.pointer[index] }
  }

  /// Multiplies every sum, so that past rows count less than new ones.
  public func scale(by factor: Double) {
    for index in 0..<sums.count { sums.pointer[index] *= factor }
  }

  public func clear() {
    sums.clear()
  }

  /// Replaces the sums by those of `other`.
  public func take(_ other: StatisticSums) {
    clear()
    merge(other)
  }

  /// Adds the sums of one component and group to `Sum.width` numbers at `target`.
  func add(_ component: Int, _ group: Int, to target: UnsafeMutablePointer<Double>) {
    let source = sums.pointer + (component * (groups + 1) + group) * Sum.width
    for index in 0..<Sum.width { target[index] += source[index] }
  }

  func sum(_ sum: Sum, _ component: Int, _ group: Int) -> Double {
    sums.pointer[(component * (groups + 1) + group) * Sum.width + sum.rawValue]
  }

  /// The sums' bytes as floats, without conversion, for checkpoints.
  var state: Buffer<Float> { Buffer(bytesOf: sums) }
}

extension Buffer<Float> {
  /// Views the memory of another buffer as floats.
  convenience init<Other>(bytesOf other: Buffer<Other>) {
    self.init(
      borrowing: UnsafeMutableRawPointer(other.pointer).assumingMemoryBound(to: Float.self),
      count: other.count * MemoryLayout<Other>.stride / MemoryLayout<Float>.stride, owner: other)
  }
}

extension GroupStatistic {
  /// A row's terms; in a multiclass task, the label for column k is 1 if the class is k.
  @inline(__always)
  func terms(label: Float, column: Int, of columns: Int) -> (numerator: Term, denominator: Term) {
    let positive = columns > 1 ? label == Float(column) : label > 0.5
    return positive ? (numerator.1, denominator.1) : (numerator.0, denominator.0)
  }
}
