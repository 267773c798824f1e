import Engine
import Platform

/// Matrix products.
enum ONNXMatrices {
  static let table: [String: ONNXInterpreted.Function] = [
    "MatMul": { [try product($0, $0.input(0), $0.input(1))] }, "Gemm": gemm, "Einsum": einsum,
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

  /// Einsum as one loop over all letters; "..." stands for further letters.
  private static func einsum(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let arrays = try call.inputs.indices.map { try call.input($0) }
    let equation = try call.string("equation", "").filter { $0 != " " }
    let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.filter { $0 != "-" })
    }
    guard terms.count == arrays.count, sides.count <= 2 else {
      throw call.invalid("its equation is \(equation)")
    }
    // Dots are replaced by digits, aligned from the right.
    func letters(_ term: String, rank: Int) -> [Character] {
      let named = term.filter { $0 != "." }.count
      var (result, seen) = ([Character](), false)
      for letter in term {
        guard letter == "." else {
          result.append(letter)
          continue
        }
        if !seen {
          for place in (0..<max(rank - named, 0)).reversed() { result.append(Character("\(place % 10)")) }
        }
        seen = true
      }
      return result
    }
    let operands = zip(terms, arrays).map { letters($0, rank: $1.rank) }
    var sizes: [Character: Int] = [:]
    for (own, array) in zip(operands, arrays) {
      guard own.count == array.rank else {
        throw call.invalid("its equation does not fit \(array.dimensions)")
      }
      for (letter, size) in zip(own, array.dimensions) {
        let known = sizes[letter] ?? 1
        guard known == size || known == 1 || size == 1 else { throw call.invalid("its sizes differ") }
        sizes[letter] = max(known, size)
      }
    }
    let all = operands.joined()
    let dots = sizes.keys.filter(\.isNumber).sorted(by: >)
    let output: [Character]
    if sides.count == 2 {
      let named = sides[1].filter { $0 != "." }.count
      output = letters(sides[1], rank: named + dots.count)
    } else {
      output =
        dots + sizes.keys.filter { key in !key.isNumber && all.filter { $0 == key }.count == 1 }.sorted()
    }
    let summed = sizes.keys.filter { !output.contains($0) }.sorted()
    let order = output + summed
    guard output.allSatisfy({ sizes[$0] != nil }) else { throw call.invalid("its equation is \(equation)") }
    let shape = order.map { sizes[$0] ?? 1 }
    // For each operand, the stride of each letter.
    let steps = zip(operands, arrays).map { own, array -> [Int] in
      let strides = ONNXArray.strides(array.dimensions)
      return order.map { letter in
        own.indices.reduce(0) { $0 + (own[$1] == letter && array.dimensions[$1] != 1 ? strides[$1] : 0) }
      }
    }
    try call.limitWork(Shape(shape).count, arrays.count)
    let outputShape = output.map { sizes[$0] ?? 1 }
    let inner = summed.reduce(1) { $0 * (sizes[$1] ?? 1) }
    guard let element = arrays.first?.element else { throw call.invalid("has no inputs") }
    return [
      try ONNXArray(outputShape, element) { index in
        var sum = 0.0
        for place in 0..<inner {
          let position = ONNXArray.position(index * inner + place, shape)
          var factor = 1.0
          for (array, own) in zip(arrays, steps) {
            factor *= array[zip(position, own).reduce(0) { $0 + $1.0 * $1.1 }]
          }
          sum += factor
        }
        return sum
      }
    ]
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
