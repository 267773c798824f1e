import Engine
import Platform

/// Matrix products.
enum ONNXMatrices {
  static let table: [String: ONNXInterpreted.Function] = [
    "MatMul": { [try product($0, $0.input(0), $0.input(1))] }, "Gemm": gemm,
    "Einsum": { try ONNXEinsum($0).outputs() },
    "Det": determinant,
  ]

  /// NumPy's matmul: vectors become matrices, and the dimensions before the matrices are broadcast.
  static func product(_ call: ONNXEvaluation, _ a: ONNXArray, _ b: ONNXArray) throws -> ONNXArray {
    guard a.rank > 0, b.rank > 0 else { throw call.invalid("multiplies single numbers") }
    let left = a.rank == 1 ? [1] + a.dimensions : a.dimensions
    let right = b.rank == 1 ? b.dimensions + [1] : b.dimensions
    let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    guard right[right.count - 2] == k else {
      throw call.invalid("multiplies \(a.dimensions) by \(b.dimensions)")
    }
    let batch = try ONNXArray.broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))])
    let leftPlaces = try ONNXArray(Array(left.dropLast(2)), .int64).places(in: batch)
    let rightPlaces = try ONNXArray(Array(right.dropLast(2)), .int64).places(in: batch)
    var shape = batch
    if a.rank > 1 { shape.append(m) }
    if b.rank > 1 { shape.append(n) }
    try call.limitWork(batch.reduce(1, *), m, n, k)
    let result = try ONNXArray(shape, a.element)
    for index in 0..<batch.reduce(1, *) {
      let (x, y) = (
        a.numbers.pointer + leftPlaces(index) * m * k, b.numbers.pointer + rightPlaces(index) * k * n
      )
      let z = result.numbers.pointer + index * m * n
      for i in 0..<m {
        for j in 0..<k {
          let factor = x[i * k + j]
          for column in 0..<n { z[i * n + column] += factor * y[j * n + column] }
        }
      }
      for place in 0..<m * n { z[place] = a.element.rounded(z[place]) }
    }
    return result
  }

  private static func gemm(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    var (a, b) = (try call.input(0), try call.input(1))
    guard a.rank == 2, b.rank == 2 else {
      throw call.invalid("multiplies \(a.dimensions) by \(b.dimensions)")
    }
    if try call.integer("transA", 0) != 0 { a = try a.transposed([1, 0]) }
    if try call.integer("transB", 0) != 0 { b = try b.transposed([1, 0]) }
    let (alpha, beta) = (Double(try call.float("alpha", 1)), Double(try call.float("beta", 1)))
    let y = try product(call, a, b)
    guard let c = try call.optional(2)?.broadcast(to: y.dimensions) else {
      return [try ONNXArray(y.dimensions, y.element) { alpha * y[$0] }]
    }
    return [try ONNXArray(y.dimensions, y.element) { alpha * y[$0] + beta * c[$0] }]
  }

  /// By Gaussian elimination with partial pivoting.
  private static func determinant(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    guard x.rank >= 2, x.dimensions[x.rank - 1] == x.dimensions[x.rank - 2] else {
      throw call.invalid("\(x.dimensions) is not of square matrices")
    }
    try call.limitWork(x.count, x.dimensions[x.rank - 1])
    let n = x.dimensions[x.rank - 1]
    return [
      try ONNXArray(Array(x.dimensions.dropLast(2)), x.element) { index in
        var rows = (0..<n).map { i in (0..<n).map { x[(index * n + i) * n + $0] } }
        var result = 1.0
        for column in 0..<n {
          guard let best = (column..<n).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
            rows[best][column] != 0
          else { return 0 }
          if best != column {
            rows.swapAt(best, column)
            result = -result
          }
          result *= rows[column][column]
          for row in stride(from: column + 1, to: n, by: 1) {
            let factor = rows[row][column] / rows[column][column]
            for place in column..<n { rows[row][place] -= factor * rows[column][place] }
          }
        }
        return result
      }
    ]
  }
}
