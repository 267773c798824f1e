import Platform

/// A matrix's projections onto a few of its directions, in double precision.
struct PrincipalSpace {
  private let rows: Int
  private let columns: Int
  /// Row-major (rows, columns).
  private let matrix: [Double]

  /// - Throws: `outOfMemory`.
  init(_ values: Buffer<Float>, rows: Int, columns: Int) throws {
    (self.rows, self.columns) = (rows, columns)
    var matrix = try [Double].filled(with: 0, count: rows * columns, for: "a matrix")
    for index in 0..<rows * columns { matrix[index] = Double(values.pointer[index]) }
    self.matrix = matrix
  }

  /// The matrix of this rank that is nearest, U_r S_r V_rᵀ = W V_r V_rᵀ, by subspace iteration with Rayleigh-Ritz steps
  /// (Saad 2011, algorithm 5.2).
  ///
  /// - Throws: `unsupported` if the iteration does not converge, as for a matrix that has no single nearest one;
  ///   `outOfMemory`, `cancelled`.
  func nearest(rank: Int) throws -> [Double] {
    let width = min(columns, rank + Self.further)
    var random = RandomStream(seed: 1, purpose: "singular vectors")
    var basis = (0..<width).map { _ in (0..<columns).map { _ in random.normal() } }
    Self.orthonormalize(&basis)
    for _ in 0..<Self.mostSteps {
      try HostCall.check()
      for _ in 0..<4 {
        basis = basis.map { transposedTimes(times($0)) }
        Self.orthonormalize(&basis)
      }
      let images = basis.map(times)
      var products = [Double](repeating: 0, count: width * width)
      for i in 0..<width { for j in 0..<width { products[i * width + j] = Self.dot(images[i], images[j]) } }
      let eigen = try SymmetricEigen(products, size: width)
      basis = eigen.vectors.map { Self.combined(basis, $0) }
      let largest = max(eigen.values.first ?? 0, .leastNormalMagnitude)
      let isExact = zip(basis, eigen.values).prefix(rank).allSatisfy { vector, value in
        let image = transposedTimes(times(vector))
        let rest = zip(image, vector).reduce(0) { $0 + ($1.0 - value * $1.1) * ($1.0 - value * $1.1) }
        return rest.squareRoot() <= 1e-10 * largest
      }
      guard isExact else { continue }
      return projected(onto: Array(basis.prefix(rank)))
    }
    throw Failure.unsupported("its largest singular vectors cannot be told from the others")
  }

  /// Q_r R_r of the QR decomposition: the projection of all columns onto the space of the first `rank` ones.
  func leading(rank: Int) -> [Double] {
    var basis = (0..<rank).map { column in (0..<rows).map { matrix[$0 * columns + column] } }
    Self.orthonormalize(&basis)
    var result = [Double](repeating: 0, count: rows * columns)
    for vector in basis {
      add(vector, transposedTimes(vector), to: &result)
    }
    return result
  }

  /// Vectors beyond those wanted, which make the iteration converge where singular values are close.
  private static let further = 24
  private static let mostSteps = 200

  private func projected(onto basis: [[Double]]) -> [Double] {
    var result = [Double](repeating: 0, count: rows * columns)
    for vector in basis {
      add(times(vector), vector, to: &result)
    }
    return result
  }

  // x yᵀ
  private func add(_ x: [Double], _ y: [Double], to sum: inout [Double]) {
    for row in 0..<rows {
      for column in 0..<columns { sum[row * columns + column] += x[row] * y[column] }
    }
  }

  // W x
  private func times(_ x: [Double]) -> [Double] {
    matrix.withUnsafeBufferPointer { matrix in
      (0..<rows).map { row in
        var sum = 0.0
        for column in 0..<columns { sum += matrix[row * columns + column] * x[column] }
        return sum
      }
    }
  }

  // Wᵀ y
  private func transposedTimes(_ y: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columns)
    matrix.withUnsafeBufferPointer { matrix in
      for row in 0..<rows {
        for column in 0..<columns { result[column] += matrix[row * columns + column] * y[row] }
      }
    }
    return result
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private static func combined(_ basis: [[Double]], _ factors: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: basis.first?.count ?? 0)
    for (vector, factor) in zip(basis, factors) {
      for index in result.indices { result[index] += factor * vector[index] }
    }
    return result
  }

  /// Gram-Schmidt, twice for vectors that are nearly dependent; a dependent one becomes 0.
  private static func orthonormalize(_ vectors: inout [[Double]]) {
    for place in vectors.indices {
      let before = dot(vectors[place], vectors[place]).squareRoot()
      for _ in 0..<2 {
        for other in 0..<place {
          let share = dot(vectors[place], vectors[other])
          for index in vectors[place].indices { vectors[place][index] -= share * vectors[other][index] }
        }
      }
      let size = dot(vectors[place], vectors[place]).squareRoot()
      let factor = size > 1e-13 * before ? 1 / size : 0
      for index in vectors[place].indices { vectors[place][index] *= factor }
    }
  }
}
