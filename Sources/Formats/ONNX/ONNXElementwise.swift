import Engine
import Platform

/// Arithmetic with broadcasting, and functions of single numbers.
enum ONNXElementwise {
  /// Two operands, or several for Sum, Max and Min; at least one depends on the rows.
  static func arithmetic(_ function: Arithmetic.Function) -> ONNXOperators.Importer {
    { call in
      guard let first = call.operands.first else { throw call.invalid("has no inputs") }
      if call.operands.contains(where: { if case .images? = $0 { true } else { false } }) {
        return try ONNXImages.arithmetic(call, arithmetic(function))
      }
      if call.operands.count == 1, let first { return [first] }
      var result = first
      for index in call.operands.indices.dropFirst() {
        result = try combine(call, function, result, call.operands[index])
      }
      guard let result else { throw call.invalid("input 0 is missing") }
      return [result]
    }
  }

  static func combine(
    _ call: ONNXCall, _ function: Arithmetic.Function, _ first: ONNXSymbol?, _ second: ONNXSymbol?
  ) throws -> ONNXSymbol {
    let (a, b) = (try withoutComparison(call, first), try withoutComparison(call, second))
    // Constants among several operands are combined before the first operand that depends on the rows.
    if case .constant(let first)? = a, case .constant(let second)? = b {
      return .constant(try ONNXFolding.arithmetic(call, function, first, second))
    }
    // Files guard sums of probabilities against 0; these sums are never 0.
    if case .guardOfSum? = b, function == .add, case .rows? = a { return a ?? .guardOfSum }
    if case .guardOfSum? = a, function == .multiply, case .constant? = b { return .guardOfSum }
    let ranks = [a, b].map { symbol -> Int in
      if case .rows(let value)? = symbol { call.rank(value) } else { 0 }
    }
    let rank = max(ranks[0], ranks[1])
    var ids: [Graph.ValueID] = []
    for (symbol, own) in zip([a, b], ranks) {
      switch symbol {
      case .rows(let value)?:
        // The format aligns dimensions from the right; rows must not be aligned with columns.
        guard own == rank else {
          throw call.unsupported("combines values of \(ranks[0]) and \(ranks[1]) dimensions")
        }
        ids.append(value)
      case .constant(let tensor)?:
        guard
          tensor.dimensions.count < rank || tensor.dimensions.count == rank && tensor.dimensions.first == 1
        else {
          throw call.unsupported("combines the rows with a constant of shape \(tensor.dimensions)")
        }
        guard tensor.count > 0 else { throw call.invalid("combines the rows with an empty constant") }
        ids.append(try call.parameter(tensor, "constant"))
      case .indices?, .label?, .above?, .guardOfSum?, .images?, .texts?:
        throw call.unsupported("computes with a value cut to whole numbers or a comparison")
      case nil: throw call.invalid("an input is missing")
      }
    }
    return .rows(try call.apply(Arithmetic(function), ids))
  }

  /// The result of a comparison as 1 or 0; any other value as it is.
  private static func withoutComparison(_ call: ONNXCall, _ symbol: ONNXSymbol?) throws -> ONNXSymbol? {
    guard case .above(let value, let threshold)? = symbol else { return symbol }
    return .rows(try call.isAbove(value, threshold))
  }

  /// Not of a comparison of a sum with zero, or of 1 or 0; see `ONNXShape.cast`.
  static func not(_ call: ONNXCall) throws -> [ONNXSymbol] {
    if case .guardOfSum? = call.operand(0) { return [.guardOfSum] }
    guard case .rows(let value)? = call.operand(0),
      ONNXPatterns(call.importer.builder.graph).node(value)?.operation is Threshold
    else { throw call.unsupported("negates another value than a comparison") }
    return [.rows(try call.apply(Arithmetic(.subtract), [call.parameter([1], "one"), value]))]
  }

  static func unary(_ function: Unary.Function) -> ONNXOperators.Importer {
    { call in [.rows(try call.apply(Unary(function), [call.rows(0)]))] }
  }

  /// min(max(x, lowest), highest); each limit is optional.
  static func clip(_ call: ONNXCall) throws -> [ONNXSymbol] {
    var value = try call.rows(0)
    func limit(_ index: Int, _ name: String) throws -> Float? {
      if let tensor = try call.constant(index) {
        guard let scalar = tensor.scalar else { throw call.invalid("its \(name) is not one number") }
        return scalar
      }
      return call.node.attributes[name] == nil ? nil : try call.float(name, 0)
    }
    if let lowest = try limit(1, "min"), lowest > -.greatestFiniteMagnitude {
      value = try call.apply(Arithmetic(.maximum), [value, call.parameter([lowest], "min")])
    }
    if let highest = try limit(2, "max"), highest < .greatestFiniteMagnitude {
      value = try call.apply(Arithmetic(.minimum), [value, call.parameter([highest], "max")])
    }
    return [.rows(value)]
  }
}
