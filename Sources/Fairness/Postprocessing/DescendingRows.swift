import Platform

/// The rows in descending order of their scores, equal scores in the order of the rows: a radix sort, since an audit's
/// million rows are sorted several times.
public struct DescendingRows {
  /// A score's place in descending order above the number of its row.
  private let keys: Buffer<UInt64>

  public var count: Int { keys.count }

  /// - Parameter scores: finite.
  /// - Throws: `unsupported` for more rows than 32 bits number; `outOfMemory`.
  public init(_ scores: [Float]) throws {
    try self.init(scores.count) { scores[$0] }
  }

  /// - Parameters:
  ///   - rows: the number of rows.
  ///   - scores: the score of a row.
  public init(_ rows: Int, _ score: (Int) -> Float) throws {
    guard rows <= Int(UInt32.max) else {
      throw Failure.unsupported("\(rows) rows are given; up to \(UInt32.max) are accepted")
    }
    var keys = try Buffer<UInt64>(count: rows, for: "sorted scores")
    var sorted = try Buffer<UInt64>(count: rows, for: "sorted scores")
    for row in 0..<rows {
      keys.pointer[row] = UInt64(~Self.ascending(score(row))) << 32 | UInt64(row)
    }
    var starts = [Int](repeating: 0, count: 1 << Self.digit)
    for shift in stride(from: UInt64(32), to: 64, by: Self.digit) {
      for place in starts.indices { starts[place] = 0 }
      for index in 0..<keys.count { starts[Self.digit(keys.pointer[index], shift)] += 1 }
      var next = 0
      for place in starts.indices { (starts[place], next) = (next, next + starts[place]) }
      for index in 0..<keys.count {
        let place = Self.digit(keys.pointer[index], shift)
        sorted.pointer[starts[place]] = keys.pointer[index]
        starts[place] += 1
      }
      swap(&keys, &sorted)
    }
    self.keys = keys
  }

  public subscript(place: Int) -> (row: Int, score: Float) {
    let key = keys.elements[place]
    return (Int(key & 0xffff_ffff), Self.score(~UInt32(truncatingIfNeeded: key >> 32)))
  }

  /// Bits of a digit: three digits hold 32 bits.
  private static var digit: Int { 11 }

  private static func digit(_ key: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: key >> shift & ((1 << UInt64(digit)) - 1))
  }

  /// Numbers in the order of the floats.
  private static func ascending(_ score: Float) -> UInt32 {
    // Both zeros are one score.
    let bits = (score == 0 ? 0 : score).bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func score(_ ascending: UInt32) -> Float {
    Float(bitPattern: ascending & 0x8000_0000 == 0 ? ~ascending : ascending & 0x7fff_ffff)
  }
}
