import Platform

/// Derivatives of matrix products.
enum ONNXMatrixDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "MatMul": product, "Gemm": gemm, "Einsum": { try ONNXEinsum($0.call).gradients($0) },
  ]

  // y = a b → ∂a = ∂y bᵀ, ∂b = aᵀ ∂y, each summed over the matrices that broadcasting repeats
  private static func product(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (a, b, dy) = (try reverse.call.input(0), try reverse.call.input(1), try reverse.gradient())
    let left = a.rank == 1 ? [1] + a.dimensions : a.dimensions
    let right = b.rank == 1 ? b.dimensions + [1] : b.dimensions
    let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    let (leftBatch, rightBatch) = (Array(left.dropLast(2)), Array(right.dropLast(2)))
    let batch = try ONNXArray.broadcast([leftBatch, rightBatch])
    let leftPlaces = try ONNXArray(leftBatch, .int64).places(in: batch)
    let rightPlaces = try ONNXArray(rightBatch, .int64).places(in: batch)
    let da = reverse.wants(0) ? try ONNXArray.zeros(a.dimensions) : nil
    let db = reverse.wants(1) ? try ONNXArray.zeros(b.dimensions) : nil
    for index in 0..<batch.reduce(1, *) {
      let (i, j) = (leftPlaces(index) * m * k, rightPlaces(index) * k * n)
      let given = dy.numbers.pointer + index * m * n
      if let da { addOuter(given, b.numbers.pointer + j, da.numbers.pointer + i, m, k, n) }
      if let db { addInner(a.numbers.pointer + i, given, db.numbers.pointer + j, m, k, n) }
    }
    return [da, db]
  }

  /// ∂a (m, k) += ∂y (m, n) bᵀ, b (k, n)
  private static func addOuter(
    _ dy: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ da: UnsafeMutablePointer<Double>, _ m: Int,
    _ k: Int, _ n: Int
  ) {
    for i in 0..<m {
      for j in 0..<k {
        var sum = 0.0
        for column in 0..<n { sum += dy[i * n + column] * b[j * n + column] }
        da[i * k + j] += sum
      }
    }
  }

  /// ∂b (k, n) += aᵀ ∂y, a (m, k), ∂y (m, n)
  private static func addInner(
    _ a: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, _ db: UnsafeMutablePointer<Double>, _ m: Int,
    _ k: Int, _ n: Int
  ) {
    for i in 0..<m {
      for j in 0..<k {
        let factor = a[i * k + j]
        if factor == 0 { continue }
        for column in 0..<n { db[j * n + column] += factor * dy[i * n + column] }
      }
    }
  }

  // y = α a b + β c, where a and b may be given transposed
  private static func gemm(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (call, dy) = (reverse.call, try reverse.gradient())
    let (turnsA, turnsB) = (try call.integer("transA", 0) != 0, try call.integer("transB", 0) != 0)
    let a = turnsA ? try call.input(0).transposed([1, 0]) : try call.input(0)
    let b = turnsB ? try call.input(1).transposed([1, 0]) : try call.input(1)
    let (alpha, beta) = (Double(try call.float("alpha", 1)), Double(try call.float("beta", 1)))
    let scaled = try ONNXArray.precise(dy.dimensions) { alpha * dy[$0] }
    let parts = try product(
      ONNXReverse(
        call: ONNXEvaluation(node: call.node, inputs: [a, b], opset: call.opset), results: [],
        gradients: [scaled],
        wanted: [reverse.wants(0), reverse.wants(1)]))
    var ofC: ONNXArray?
    if reverse.wants(2) {
      let summed = try dy.summed(to: call.input(2).dimensions)
      ofC = try .precise(summed.dimensions) { beta * summed[$0] }
    }
    return [
      turnsA ? try parts[0]?.transposed([1, 0]) : parts[0],
      turnsB ? try parts[1]?.transposed([1, 0]) : parts[1], ofC,
    ]
  }
}
