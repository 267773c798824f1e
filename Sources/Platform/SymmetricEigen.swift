/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations, in descending order of the
/// eigenvalues.
public struct SymmetricEigen {
  public let values: [Double]
  /// One eigenvector per row.
  public let vectors: [[Double]]

  /// - Parameter matrix: row-major (size, size), finite.
  /// - Throws: `cancelled`, `outOfMemory`.
  public init(_ matrix: [Double], size: Int) throws {
    var a = matrix
    var v = try [Double].filled(with: 0, count: size * size, for: "eigenvectors")
    for i in 0..<size { v[i * size + i] = 1 }
    for _ in 0..<60 {
      try HostCall.check()
      var off = 0.0
      var diagonal = 0.0
      for i in 0..<size {
        diagonal += a[i * size + i] * a[i * size + i]
        for j in 0..<i { off += a[i * size + j] * a[i * size + j] }
      }
      if off <= 1e-22 * max(diagonal, .leastNormalMagnitude) { break }
      for p in 0..<size { for q in (p + 1)..<max(p + 1, size) { Self.rotate(&a, &v, p, q, size) } }
    }
    let order = (0..<size).sorted { a[$0 * size + $0] > a[$1 * size + $1] }
    values = order.map { a[$0 * size + $0] }
    vectors = order.map { column in (0..<size).map { v[$0 * size + column] } }
  }

  /// One rotation in the plane of p and q that makes the entry (p, q) 0.
  private static func rotate(_ a: inout [Double], _ v: inout [Double], _ p: Int, _ q: Int, _ size: Int) {
    let entry = a[p * size + q]
    guard entry != 0 else { return }
    let theta = (a[q * size + q] - a[p * size + p]) / (2 * entry)
    let t = (theta >= 0 ? 1.0 : -1.0) / (theta.magnitude + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<size {
      let (x, y) = (a[k * size + p], a[k * size + q])
      a[k * size + p] = c * x - s * y
      a[k * size + q] = s * x + c * y
    }
    for k in 0..<size {
      let (x, y) = (a[p * size + k], a[q * size + k])
      a[p * size + k] = c * x - s * y
      a[q * size + k] = s * x + c * y
    }
    for k in 0..<size {
      let (x, y) = (v[k * size + p], v[k * size + q])
      v[k * size + p] = c * x - s * y
      v[k * size + q] = s * x + c * y
    }
  }
}
