import Platform

/// The factor L of a symmetric positive definite matrix A = L · Lᵀ, for solving A · x = b.
struct CholeskyFactor {
  let size: Int
  /// Row-major, lower triangle.
  private(set) var lower: [Double]

  /// - Throws: `invalidData` if the matrix is not positive definite.
  init(_ matrix: [Double], size: Int) throws {
    self.size = size
    lower = matrix
    for i in 0..<size {
      for j in 0...i {
        var sum = lower[i * size + j]
        for k in 0..<j { sum -= lower[i * size + k] * lower[j * size + k] }
        if i == j {
          guard sum > 0, sum.isFinite else {
            throw Failure.invalidData(
              "the columns are linearly dependent, so the least squares have no unique solution")
          }
          lower[i * size + i] = sum.squareRoot()
        } else {
          lower[i * size + j] = sum / lower[j * size + j]
        }
      }
    }
  }

  func solve(_ right: [Double]) -> [Double] {
    var x = right
    for i in 0..<size {
      for k in 0..<i { x[i] -= lower[i * size + k] * x[k] }
      x[i] /= lower[i * size + i]
    }
    for i in stride(from: size - 1, through: 0, by: -1) {
      for k in (i + 1)..<max(i + 1, size) { x[i] -= lower[k * size + i] * x[k] }
      x[i] /= lower[i * size + i]
    }
    return x
  }
}
