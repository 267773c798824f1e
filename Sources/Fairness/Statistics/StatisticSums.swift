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
    let (stride, width) = (groups + 1, Sum.width)
    var component = 0
    for statistic in statistics {
      for column in 0..<columns {
        let base = sums.pointer + component * stride * width
        let all = base + groups * width
        for row in 0..<batch.rows {
          let group = Int(codes.codes[row])
          guard group >= 0, group < groups else { continue }
          let (n, d) = statistic.terms(label: batch.labels[row], column: column, of: columns)
          let signal = Double(values[row * columns + column])
          let weight = Double(batch.weights?[row] ?? 1)
          let numerator = weight * (Double(n.intercept) + Double(n.slope) * signal)
          let denominator = weight * (Double(d.intercept) + Double(d.slope) * signal)
          let counts = d.intercept != 0 || d.slope != 0
          let terms = Terms(numerator, denominator, counts: counts)
          terms.add(to: base + group * width)
          terms.add(to: all)
        }
        component += 1
      }
    }
  }

  /// The contribution of one row to each `Sum`, in their order.
  private struct Terms {
    let numerator: Double
    let denominator: Double
    let count: Double

    @inline(__always)
    init(_ numerator: Double, _ denominator: Double, counts: Bool) {
      (self.numerator, self.denominator, count) = (numerator, denominator, counts ? 1 : 0)
    }

    @inline(__always)
    func add(to place: UnsafeMutablePointer<Double>) {
      place[0] += numerator
      place[1] += denominator
      place[2] += numerator * numerator
      place[3] += numerator * denominator
      place[4] += denominator * denominator
      place[5] += count
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
