#if canImport(Glibc)
  import Glibc
#endif

/// Which row of a table of relative positions says how far one token is from another (He et al. 2021, equation 3):
/// of 2 · span rows, row span + d for the distance d, the first and the last for all that are further away.
public struct RelativePositions: Sendable {
  public let span: Int
  /// The most tokens that a text may have; what is further apart counts as these.
  public let longest: Int
  /// The rows of the distances 1 − longest, …, longest − 1.
  let rows: [Int32]

  /// Distances share rows from span / 2 on, so that the furthest of `farthest` tokens has one of the last.
  public struct Buckets: Sendable {
    let farthest: Int
    public init(farthest: Int) { self.farthest = farthest }
  }

  /// - Parameter buckets: nil: every distance below the span has its own row.
  public init(span: Int, longest: Int, buckets: Buckets? = nil) {
    let (span, longest) = (max(span, 1), max(longest, 1))
    var rows = [Int32](repeating: Int32(clamping: span), count: 2 * longest - 1)
    for distance in 0..<longest {
      let place = buckets.map { Self.bucket(distance, span / 2, $0.farthest) } ?? distance
      // Neither the table nor the text is so large that this overflows: their memory is there.
      rows[longest - 1 + distance] = Int32(clamping: min(span + place, 2 * span - 1))
      rows[longest - 1 - distance] = Int32(clamping: max(span - place, 0))
    }
    (self.span, self.longest, self.rows) = (span, longest, rows)
  }

  /// Up to `middle` the distance itself, then by its logarithm: as many again up to the farthest. Rounded as
  /// transformers rounds it, in single precision.
  private static func bucket(_ distance: Int, _ middle: Int, _ farthest: Int) -> Int {
    guard distance > middle, middle > 0, farthest - 1 > middle else { return distance }
    let ratio = logf(Float(distance) / Float(middle))
    let whole = logf(Float(Double(farthest - 1) / Double(middle)))
    let place = (ratio / whole * Float(middle - 1)).rounded(.up) + Float(middle)
    return place < Float(1 << 24) ? Int(place) : 1 << 24
  }
}
