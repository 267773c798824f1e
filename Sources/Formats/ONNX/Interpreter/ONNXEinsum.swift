import Engine
import Platform

/// A sum of products over the letters of an equation, computed as one loop over all letters. "..." stands for
/// further letters.
struct ONNXEinsum {
  private let call: ONNXEvaluation
  private let arrays: [ONNXArray]
  /// The letters of each operand's dimensions.
  private let operands: [[Character]]
  private let output: [Character]
  private let sizes: [Character: Int]

  init(_ call: ONNXEvaluation) throws {
    self.call = call
    arrays = try call.inputs.indices.map { try call.input($0) }
    let equation = try call.string("equation", "").filter { $0 != " " }
    let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map {
      String($0.filter { $0 != "-" })
    }
    guard terms.count == arrays.count, sides.count <= 2 else {
      throw call.invalid("its equation is \(equation)")
    }
    operands = zip(terms, arrays).map { Self.letters($0, rank: $1.rank) }
    let sizes = try Self.sizes(of: operands, arrays, call)
    self.sizes = sizes
    let dots = sizes.keys.filter(\.isNumber).sorted(by: >)
    if sides.count == 2 {
      let named = sides[1].filter { $0 != "." }.count
      output = Self.letters(sides[1], rank: named + dots.count)
    } else {
      let all = operands.joined()
      output =
        dots + sizes.keys.filter { key in !key.isNumber && all.filter { $0 == key }.count == 1 }.sorted()
    }
    guard output.allSatisfy({ sizes[$0] != nil }) else { throw call.invalid("its equation is \(equation)") }
  }

  /// The letters of a term. Dots are replaced by digits, aligned from the right.
  private static func letters(_ term: String, rank: Int) -> [Character] {
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

  /// The size of each letter. A dimension of 1 is repeated.
  private static func sizes(
    of operands: [[Character]], _ arrays: [ONNXArray], _ call: ONNXEvaluation
  ) throws -> [Character: Int] {
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
    return sizes
  }

  func outputs() throws -> [ONNXArray] {
    guard let element = arrays.first?.element else { throw call.invalid("has no inputs") }
    return [try Self.product(call, arrays, operands, output, sizes, element)]
  }

  /// - Parameters:
  ///   - arrays: the factors, with a letter of `operands` for each dimension.
  ///   - output: the letters of the result; the products are summed over the other letters.
  private static func product(
    _ call: ONNXEvaluation, _ arrays: [ONNXArray], _ operands: [[Character]], _ output: [Character],
    _ sizes: [Character: Int], _ element: ONNXArray.Element
  ) throws -> ONNXArray {
    let summed = sizes.keys.filter { !output.contains($0) }.sorted()
    let order = output + summed
    let shape = order.map { sizes[$0] ?? 1 }
    // For each operand, the stride of each letter.
    let steps = zip(operands, arrays).map { own, array -> [Int] in
      let strides = ONNXArray.strides(array.dimensions)
      return order.map { letter in
        own.indices.reduce(0) { $0 + (own[$1] == letter && array.dimensions[$1] != 1 ? strides[$1] : 0) }
      }
    }
    try call.limitWork(Shape(shape).count, arrays.count)
    let inner = summed.reduce(1) { $0 * (sizes[$1] ?? 1) }
    let result = try ONNXArray(output.map { sizes[$0] ?? 1 }, element)
    // The position of the current product and its index in each operand, which advance together.
    var position = [Int](repeating: 0, count: order.count)
    var places = [Int](repeating: 0, count: arrays.count)
    for index in 0..<result.numbers.count {
      var sum = 0.0
      for _ in 0..<inner {
        var factor = 1.0
        for (array, place) in zip(arrays, places) { factor *= array[place] }
        sum += factor
        for axis in shape.indices.reversed() {
          position[axis] += 1
          for operand in places.indices { places[operand] += steps[operand][axis] }
          if position[axis] < shape[axis] { break }
          for operand in places.indices { places[operand] -= shape[axis] * steps[operand][axis] }
          position[axis] = 0
        }
      }
      result.numbers.pointer[index] = element.rounded(sum)
    }
    return result
  }

  /// The gradient of an operand is the product of the result's gradient and the other operands, summed over the letters
  /// that the operand does not have.
  func gradients(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let dy = try reverse.gradient()
    return try arrays.indices.map { index in
      guard reverse.wants(index) else { return nil }
      let own = operands[index]
      guard Set(own).count == own.count else {
        throw call.unsupported("reads a diagonal, which has no gradient")
      }
      let others = arrays.indices.filter { $0 != index }
      let whole = try Self.product(
        call, [dy] + others.map { arrays[$0] }, [output] + others.map { operands[$0] }, own, sizes, .float64)
      return try whole.summed(to: arrays[index].dimensions)
    }
  }
}
