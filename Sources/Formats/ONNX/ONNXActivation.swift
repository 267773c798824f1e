import Engine
import Platform

/// Activation functions.
enum ONNXActivation {
  static func plain(_ function: Activation.Function) -> ONNXOperators.Importer {
    { call in [.rows(try call.apply(Activation(function), [call.rows(0)]))] }
  }

  static func scaled(_ function: Activation.Function, alpha: Float) -> ONNXOperators.Importer {
    { call in [.rows(try call.apply(Activation(function, alpha: call.float("alpha", alpha)), [call.rows(0)]))]
    }
  }

  static func gelu(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let form = try call.string("approximate", "none")
    guard ["none", "tanh"].contains(form) else {
      throw call.unsupported("the approximation \"\(form)\" is not known")
    }
    return [.rows(try call.apply(Activation(form == "none" ? .gelu : .geluTanh), [call.rows(0)]))]
  }

  /// gamma · ELU(x; alpha) (Klambauer et al. 2017).
  static func selu(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let alpha = try call.float("alpha", 1.673_263_2)
    let y = try call.apply(Activation(.elu, alpha: alpha), [call.rows(0)])
    let gamma = try call.parameter([call.float("gamma", 1.050_701)], "gamma")
    return [.rows(try call.apply(Arithmetic(.multiply), [y, gamma]))]
  }

  /// max(x, 0) + slope · min(x, 0)
  static func pRelu(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    let zero = try call.parameter([0], "zero")
    let below = try call.apply(Arithmetic(.minimum), [x, zero])
    let bent = try ONNXElementwise.combine(call, .multiply, .rows(below), call.operand(1))
    return [
      try ONNXElementwise.combine(call, .add, .rows(call.apply(Activation(.relu), [x])), bent)
    ]
  }

  /// max(0, min(1, alpha · x + beta))
  static func hardSigmoid(_ call: ONNXCall) throws -> [ONNXSymbol] {
    var value = try call.rows(0)
    let steps: [(Arithmetic.Function, Float, String)] = [
      (.multiply, try call.float("alpha", 0.2), "alpha"), (.add, try call.float("beta", 0.5), "beta"),
      (.minimum, 1, "one"), (.maximum, 0, "zero"),
    ]
    for (function, number, role) in steps {
      value = try call.apply(Arithmetic(function), [value, call.parameter([number], role)])
    }
    return [.rows(value)]
  }

  /// x · sigmoid(alpha · x)
  static func swish(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let alpha = try call.float("alpha", 1)
    return [
      .rows(try call.apply(alpha == 1 ? Activation(.silu) : Activation(.swish, alpha: alpha), [call.rows(0)]))
    ]
  }

  static func greater(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard let threshold = try call.requiredConstant(1).scalar else {
      throw call.unsupported("compares with more than one number")
    }
    return [.above(try call.rows(0), threshold)]
  }

  /// For large x, softplus equals x in float32, and some exporters write a selection between the two.
  static func linearAbove(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let (x, curve) = (try call.rows(1), try call.rows(2))
    let graph = call.importer.builder.graph
    guard case .above(let compared, let threshold)? = call.operand(0), compared == x, threshold >= 16,
      case .node(let index) = graph[curve].source, graph.nodes.indices.contains(index),
      let activation = graph.nodes[index].operation as? Activation, activation.function == .softplus,
      graph.nodes[index].inputs == [x]
    else { throw call.unsupported("only the choice between x and softplus(x) is supported") }
    return [.rows(curve)]
  }

  static func softmax(_ call: ONNXCall) throws -> [ONNXSymbol] { [.rows(try lastAxis(call))] }

  static func logSoftmax(_ call: ONNXCall) throws -> [ONNXSymbol] {
    [.rows(try call.apply(Unary(.logarithm), [lastAxis(call)]))]
  }

  private static func lastAxis(_ call: ONNXCall) throws -> Graph.ValueID {
    let x = try call.rows(0)
    // Before opset 13, softmax was over all dimensions from `axis` on; the default axis was 1.
    let axis = try call.rowAxis(call.integer("axis", call.opset < 13 ? 1 : -1), rank: call.rank(x))
    guard axis == call.shape(x).dimensions.count - 1 else {
      throw call.unsupported("is over another axis than the last")
    }
    return try call.apply(Softmax(), [x])
  }
}
