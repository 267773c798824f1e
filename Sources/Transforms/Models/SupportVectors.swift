#if canImport(Glibc)
  import Glibc
#endif
import Platform

/// The support vectors of a machine that separates two sets of points (Cortes and Vapnik 1995), with the kernel
/// exp(-γ ‖x - z‖²). The dual problem is solved by sequential minimal optimization with the pair that violates the
/// optimality conditions most (Keerthi, Shevade, Bhattacharyya and Murthy 2001; Fan, Chen and Lin 2005, section 2).
struct SupportVectors {
  /// The multiplier of each point, from 0 to the bound.
  private(set) var multipliers: [Double]
  private let points: Buffer<Float>
  private let width: Int
  /// 1 or -1.
  private let signs: [Double]
  private let gamma: Double
  private var cache: [Int: [Float]] = [:]
  private let cached: Int

  /// - Parameters:
  ///   - points: (rows, width), finite.
  ///   - isFirst: whether each point belongs to the first set; both must have points.
  ///   - bound: the largest multiplier, C.
  ///   - tolerance: the largest violation of the optimality conditions.
  /// - Throws: `cancelled`.
  init(
    _ points: Buffer<Float>, width: Int, isFirst: [Bool], gamma: Double, bound: Double = 1,
    tolerance: Double = 1e-3
  ) throws {
    (self.points, self.width, self.gamma) = (points, width, gamma)
    signs = isFirst.map { $0 ? 1 : -1 }
    multipliers = [Double](repeating: 0, count: isFirst.count)
    // At most 64 MB of kernel rows.
    cached = max(2, 16_000_000 / max(isFirst.count, 1))
    var gradient = [Double](repeating: -1, count: isFirst.count)
    for step in 0..<100 * isFirst.count + 10_000 {
      if step % 100 == 0 { try HostCall.check() }
      guard let (first, second) = worstPair(gradient, bound, tolerance) else { break }
      optimize(first, second, bound, &gradient)
    }
  }

  /// The points with a positive multiplier.
  var support: [Int] { multipliers.indices.filter { multipliers[$0] > 1e-8 } }

  /// 1 / (width · variance of all coordinates): a width of the kernel that fits the scale of the points.
  static func gamma(_ points: Buffer<Float>, width: Int) -> Double {
    let count = Double(max(points.count, 1))
    let mean = points.elements.reduce(0) { $0 + Double($1) } / count
    let variance = points.elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    return 1 / (Double(max(width, 1)) * (variance > 0 ? variance : 1))
  }

  /// The pair that violates the conditions most; nil if none does by more than the tolerance.
  private func worstPair(_ gradient: [Double], _ bound: Double, _ tolerance: Double) -> (Int, Int)? {
    var up: (value: Double, index: Int?) = (-.infinity, nil)
    var low: (value: Double, index: Int?) = (.infinity, nil)
    for index in signs.indices {
      let value = -signs[index] * gradient[index]
      let mayGrow = signs[index] > 0 ? multipliers[index] < bound : multipliers[index] > 0
      let mayShrink = signs[index] > 0 ? multipliers[index] > 0 : multipliers[index] < bound
      if mayGrow, value > up.value { up = (value, index) }
      if mayShrink, value < low.value { low = (value, index) }
    }
    guard let first = up.index, let second = low.index, up.value - low.value > tolerance else { return nil }
    return (first, second)
  }

  /// Solves the problem in two multipliers, with their signed sum unchanged.
  private mutating func optimize(_ first: Int, _ second: Int, _ bound: Double, _ gradient: inout [Double]) {
    let (a, b) = (kernel(first), kernel(second))
    let curvature = max(2 - 2 * Double(a[second]), 1e-12)
    let violation = signs[second] * gradient[second] - signs[first] * gradient[first]
    // The step of signs · multipliers, within the bounds of both.
    let room = signs[first] > 0 ? bound - multipliers[first] : multipliers[first]
    let other = signs[second] > 0 ? multipliers[second] : bound - multipliers[second]
    let step = min(violation / curvature, room, other)
    multipliers[first] = min(max(multipliers[first] + signs[first] * step, 0), bound)
    multipliers[second] = min(max(multipliers[second] - signs[second] * step, 0), bound)
    for index in gradient.indices {
      gradient[index] += signs[index] * step * (Double(a[index]) - Double(b[index]))
    }
  }

  /// The kernel of a point with every point.
  private mutating func kernel(_ index: Int) -> [Float] {
    if let known = cache[index] { return known }
    let own = points.pointer + index * width
    let row = signs.indices.map { other -> Float in
      let point = points.pointer + other * width
      var squares = 0.0
      for place in 0..<width {
        let difference = Double(own[place]) - Double(point[place])
        squares += difference * difference
      }
      return Float(exp(-gamma * squares))
    }
    if cache.count >= cached { cache.removeAll(keepingCapacity: true) }
    cache[index] = row
    return row
  }
}
