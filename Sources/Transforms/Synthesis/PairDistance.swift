import Platform

/// How far the joint distributions of two columns each are from those of real rows: half the sum of the absolute
/// differences of the shares of bins (`TableBins`).
struct PairDistance {
  private let real: [[Int32]]
  /// All pairs of columns, or those with the last column and some others.
  let pairs: [(Int, Int)]
  private static let mostPairs = 500
  /// The rows among which distances are measured, at most.
  static let mostRows = 5000

  /// - Parameter real: for each column, the bins of the rows.
  init(_ real: [[Int32]], _ random: inout RandomStream) {
    self.real = real
    let last = real.count - 1
    var others: [(Int, Int)] = []
    for first in 0..<max(0, last) {
      for second in (first + 1)..<max(first + 1, last) { others.append((first, second)) }
    }
    if others.count > Self.mostPairs {
      random.shuffle(&others)
      others.removeLast(others.count - Self.mostPairs)
    }
    pairs = others + (0..<max(0, last)).map { ($0, last) }
  }

  /// The distance of each pair.
  func distances(_ made: [[Int32]]) -> [Double] {
    pairs.map { first, second in
      var differences: [Int64: Double] = [:]
      func add(_ codes: [[Int32]], _ sign: Double) {
        let share = sign / Double(max(1, codes[first].count))
        for (a, b) in zip(codes[first], codes[second]) {
          differences[Int64(a) << 32 | Int64(b), default: 0] += share
        }
      }
      add(real, 1)
      add(made, -1)
      return differences.values.reduce(0) { $0 + $1.magnitude } / 2
    }
  }
}
