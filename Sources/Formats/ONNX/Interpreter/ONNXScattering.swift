import Platform

/// Writes elements of one tensor into another.
enum ONNXScattering {
  static let table: [String: ONNXInterpreted.Function] = [
    "Scatter": elements, "ScatterElements": elements, "ScatterND": slices,
  ]

  private static func combine(_ call: ONNXEvaluation) throws -> (Double, Double) -> Double {
    switch try call.string("reduction", "none") {
    case "none": { $1 }
    case "add": { $0 + $1 }
    case "mul": { $0 * $1 }
    case "max": { max($0, $1) }
    case "min": { min($0, $1) }
    case let other: throw call.invalid("its reduction \"\(other)\" is not known")
    }
  }

  private static func elements(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen, updates) = (try call.input(0), try call.input(1), try call.input(2))
    let axis = try call.axis("axis", 0, rank: x.rank)
    let (steps, function) = (ONNXArray.strides(x.dimensions), try combine(call))
    guard chosen.dimensions == updates.dimensions, chosen.rank == x.rank else {
      throw call.invalid("its indices do not fit its updates")
    }
    let result = try ONNXArray(x.dimensions, x.element) { x[$0] }
    for index in 0..<chosen.count {
      var position = ONNXArray.position(index, chosen.dimensions)
      position[axis] = try ONNXChoosing.place(call, chosen[index], of: x.dimensions[axis])
      guard zip(position, x.dimensions).allSatisfy({ $0 < $1 }) else {
        throw call.invalid("its indices reach beyond \(x.dimensions)")
      }
      let place = zip(position, steps).reduce(0) { $0 + $1.0 * $1.1 }
      result.numbers.pointer[place] = x.element.rounded(function(result[place], updates[index]))
    }
    return [result]
  }

  private static func slices(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen, updates) = (try call.input(0), try call.input(1), try call.input(2))
    guard let width = chosen.dimensions.last, width <= x.rank else {
      throw call.invalid("its indices do not fit \(x.dimensions)")
    }
    let (steps, function) = (ONNXArray.strides(x.dimensions), try combine(call))
    let inner = x.dimensions[width...].reduce(1, *)
    let lines = chosen.dimensions.dropLast().reduce(1, *)
    guard updates.count == lines * inner else { throw call.invalid("has \(updates.count) updates") }
    let result = try ONNXArray(x.dimensions, x.element) { x[$0] }
    for line in 0..<lines {
      var start = 0
      for axis in 0..<width {
        start +=
          try ONNXChoosing.place(call, chosen[line * width + axis], of: x.dimensions[axis]) * steps[axis]
      }
      for offset in 0..<inner {
        let value = function(result[start + offset], updates[line * inner + offset])
        result.numbers.pointer[start + offset] = x.element.rounded(value)
      }
    }
    return [result]
  }
}
