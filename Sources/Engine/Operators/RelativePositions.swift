#if canImport(Glibc)
  import Glibc
#endif

/// The row of a table of relative positions for each distance between two tokens (He et al. 2021, equation
/// 3). The table has 2 · span rows: row span + d for the distance d, and the first and last row for all
/// larger distances.
public struct RelativePositions: Sendable {
  /// Half the number of rows of the table.
  public let span: Int
  /// The maximum number of tokens of a text. Larger distances count as the largest distance in such a text.
  public let longest: Int
  /// The rows of the distances 1 − longest, …, longest − 1.
  public let rows: [Int32]

  /// Distances above span / 2 share rows, so that the largest distance among `farthest` tokens has one of the
  /// last rows.
  public struct Buckets: Sendable {
    let farthest: Int
    public init(farthest: Int) { self.farthest = farthest }
  }

  /// - Parameter buckets: nil if every distance below the span has its own row.
  public init(span: Int, longest: Int, buckets: Buckets? = nil) {
    let (span, longest) = (max(span, 1), max(longest, 1))
    var rows = [Int32](repeating: Int32(clamping: span), count: 2 * longest - 1)
    for distance in 0..<longest {
      let place = buckets.map { Self.bucket(distance, span / 2, $0.farthest) } ?? distance
      // This does not overflow, because both the table and the text fit in memory.
      rows[longest - 1 + distance] = Int32(clamping: min(span + place, 2 * span - 1))
      rows[longest - 1 - distance] = Int32(clamping: max(span - place, 0))
    }
    (self.span, self.longest, self.rows) = (span, longest, rows)
  }

  /// The bucket of a distance: up to `middle` the distance itself, above it logarithmic, with another
  /// `middle` buckets up to `farthest`. It is rounded in single precision, as in the Python package
  /// transformers.
  private static func bucket(_ distance: Int, _ middle: Int, _ farthest: Int) -> Int {
    guard distance > middle, middle > 0, farthest - 1 > middle else { return distance }
    let ratio = logf(Float(distance) / Float(middle))
    let whole = logf(Float(Double(farthest - 1) / Double(middle)))
    let place = (ratio / whole * Float(middle - 1)).rounded(.up) + Float(middle)
    return place < Float(1 << 24) ? Int(place) : 1 << 24
  }
}
