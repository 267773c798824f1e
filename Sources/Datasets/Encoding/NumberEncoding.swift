import Platform
import TableKernels

/// The encoding of a column of numbers: ((x or fill) − shift) / scale; optionally an indicator that is 1 if x
/// is missing; optionally pieces: for each interval between neighbouring edges, the share of it that is below
/// x (piecewise linear encoding: Gorishniy, Rubachev and Babenko 2022, section 3.2).
public struct NumberEncoding: Equatable, Sendable {
  public let shift: Double
  /// Not 0.
  public let scale: Double
  /// The replacement of a missing number, in the column's unit.
  public let fill: Double
  public let indicator: Bool
  /// In ascending order, one more than there are pieces; empty without pieces.
  public let edges: Buffer<Double>

  public var pieces: Int { max(edges.count - 1, 0) }
  public var width: Int { (indicator ? 2 : 1) + pieces }

  public static func == (first: NumberEncoding, second: NumberEncoding) -> Bool {
    first.shift == second.shift && first.scale == second.scale && first.fill == second.fill
      && first.indicator == second.indicator && first.edges.array == second.edges.array
  }

  /// Fits the encoding to `rows` of the column; nil: all rows.
  ///
  /// - Throws: `invalidData` (location: the column) for an infinite number, or if no row has a number.
  static func fit(_ column: Column, rows: [Int]?, options: EncoderOptions) throws -> NumberEncoding {
    let numbers = try column.doubles()
    var present: [Double] = []
    let count = rows?.count ?? column.rows
    present.reserveCapacity(count)
    for index in 0..<count {
      let row = rows.map { $0[index] } ?? index
      let number = numbers.pointer[row]
      guard !number.isInfinite else {
        throw Failure(
          .invalidData, "column \"\(column.name)\", row \(row): \(number) is not finite", at: column.name)
      }
      if !number.isNaN { present.append(number) }
    }
    let fill: Double
    switch options.impute {
    case .constant: fill = options.constant
    default:
      guard !present.isEmpty else {
        throw Failure(
          .invalidData,
          "column \"\(column.name)\" has no number in the training rows; exclude it, or impute a constant",
          at: column.name)
      }
      fill = imputed(present, by: options.impute)
    }
    let (shift, scale) = scaling(present, by: options.scale)
    guard shift.isFinite, scale.isFinite, fill.isFinite else {
      throw Failure(
        .invalidData, "the numbers of column \"\(column.name)\" are too large to scale", at: column.name)
    }
    return NumberEncoding(
      shift: shift, scale: scale, fill: fill, indicator: options.indicator && present.count < count,
      edges: try Buffer(
        copying: options.scale == .piecewise ? Self.edges(present, pieces: options.pieces) : []))
  }

  /// Half of the edges divide the rows into equal parts, the other half the distinct values. A column that is
  /// nearly always 0 therefore also has pieces for its other values.
  private static func edges(_ present: [Double], pieces: Int) -> [Double] {
    let sorted = present.sorted()
    var distinct: [Double] = []
    for value in sorted where value != distinct.last { distinct.append(value) }
    var edges = Set<Double>()
    for values in [sorted, distinct] where values.count > 1 {
      let parts = max(pieces / 2, 1)
      for part in 0...parts { edges.insert(values[part * (values.count - 1) / parts]) }
    }
    return edges.count > 1 ? edges.sorted() : []
  }

  private static func imputed(_ present: [Double], by impute: EncoderOptions.Impute) -> Double {
    switch impute {
    case .mean, .constant: return mean(present)
    case .median:
      let sorted = present.sorted()
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
    case .mode:
      // The most frequent value; the smallest of several.
      let sorted = present.sorted()
      var (best, longest, start) = (sorted[0], 0, 0)
      for index in sorted.indices where index + 1 == sorted.count || sorted[index + 1] != sorted[index] {
        if index + 1 - start > longest { (best, longest) = (sorted[index], index + 1 - start) }
        start = index + 1
      }
      return best
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// A constant column is not scaled: its scale is 1.
  private static func scaling(
    _ present: [Double], by scale: EncoderOptions.Scale
  ) -> (shift: Double, scale: Double) {
    guard !present.isEmpty, let least = present.min(), let greatest = present.max() else { return (0, 1) }
    switch scale {
    case .none: return (0, 1)
    case .minmax: return (least, least == greatest ? 1 : greatest - least)
    case .standardize, .piecewise:
      let mean = least == greatest ? least : mean(present)
      let variance = present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(present.count)
      // A deviation below the rounding error of the mean counts as 0.
      let noise = Double(present.count) * mean * Double.ulpOfOne
      return (mean, variance <= noise * noise ? 1 : variance.squareRoot())
    }
  }

  func kernel(input: Int, offset: Int) -> encoded_number {
    encoded_number(
      shift: shift, inverse_scale: 1 / scale, fill: fill, edges: UnsafePointer(edges.pointer),
      input: Int32(clamping: input), offset: Int32(clamping: offset), pieces: Int32(clamping: pieces),
      indicator: indicator)
  }

  var json: [JSONValue.Member] {
    [
      .init("shift", .number(shift)), .init("scale", .number(scale)), .init("fill", .number(fill)),
      .init("indicator", .bool(indicator)), .init("edges", .numbers(edges.array)),
    ]
  }
}
