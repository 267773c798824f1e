import Platform

/// The numerators and denominators of group statistics, summed over rows.
///
/// Sums of parts add up to the sums of the whole, over batches, shards or processes, so the same type holds the sums
/// of one batch, of a running window and of all rows.
public final class StatisticSums {
  public let statistics: [GroupStatistic]
  /// Columns of the signal: 1, or the classes of a multiclass task.
  public let columns: Int
  public let groups: Int
  /// One a statistic and column.
  public let components: Int
  /// For each component the groups, then all rows together; each place has the sums of `Sum`. Last, the rows.
  private let sums: Buffer<Double>

  /// What is summed over the rows of a group, with n and d the row's terms and w its weight.
  enum Sum: Int, CaseIterable {
    /// Σ w n and Σ w d.
    case numerator, denominator
    /// Σ w² n², Σ w² n d and Σ w² d², for standard errors.
    case numeratorSquares, products, denominatorSquares
    /// Rows whose label lets them have a part in the denominator.
    case count

    static let width = 6
  }

  public init(_ statistics: [GroupStatistic], columns: Int, groups: Int) throws {
    self.statistics = statistics
    self.columns = max(columns, 1)
    self.groups = groups
    components = statistics.count * self.columns
    sums = try Buffer<Double>(
      count: components * (groups + 1) * Sum.width + 1, for: "group statistics")
  }

  /// Rows that were added.
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

  /// What one row adds to each `Sum`, in their order.
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

  /// Multiplies every sum: rows of the past count less than new ones.
  public func scale(by factor: Double) {
    for index in 0..<sums.count { sums.pointer[index] *= factor }
  }

  public func clear() {
    sums.clear()
  }

  public func take(_ other: StatisticSums) {
    clear()
    merge(other)
  }

  /// Adds a group's sums of a component to `Sum.width` numbers.
  func add(_ component: Int, _ group: Int, to target: UnsafeMutablePointer<Double>) {
    let source = sums.pointer + (component * (groups + 1) + group) * Sum.width
    for index in 0..<Sum.width { target[index] += source[index] }
  }

  func sum(_ sum: Sum, _ component: Int, _ group: Int) -> Double {
    sums.pointer[(component * (groups + 1) + group) * Sum.width + sum.rawValue]
  }

  /// For checkpoints: the sums' bytes as floats, which keeps every bit.
  var state: Buffer<Float> { Buffer(bytesOf: sums) }
}

extension Buffer<Float> {
  /// The memory of another buffer, seen as floats.
  convenience init<Other>(bytesOf other: Buffer<Other>) {
    self.init(
      borrowing: UnsafeMutableRawPointer(other.pointer).assumingMemoryBound(to: Float.self),
      count: other.count * MemoryLayout<Other>.stride / MemoryLayout<Float>.stride, owner: other)
  }
}

extension GroupStatistic {
  /// A row's terms: in a multiclass task the label of column k is whether the class is k.
  @inline(__always)
  func terms(label: Float, column: Int, of columns: Int) -> (numerator: Term, denominator: Term) {
    let positive = columns > 1 ? label == Float(column) : label > 0.5
    return positive ? (numerator.1, denominator.1) : (numerator.0, denominator.0)
  }
}
