import Engine
import Platform

/// Converts trees on scaled inputs to trees on the original columns. Each threshold becomes the largest
/// number that the scaler does not map above it, found by search, so that every float32 number takes the same
/// path. Such trees are routed once, accept missing values, and can be grown and saved.
struct ONNXScaledTrees {
  let patterns: ONNXPatterns

  /// x + c, x − c, x · c or x / c, with one c per column.
  private struct Step {
    let function: Arithmetic.Function
    let constants: [Float]

    func apply(_ x: Float, column: Int) -> Float {
      let constant = constants[constants.count == 1 ? 0 : column]
      switch function {
      case .add: return x + constant
      case .subtract: return x - constant
      case .multiply: return x * constant
      default: return x / constant
      }
    }
  }

  /// - Returns: nil if there is no scaler before the trees, or an operator that cannot be folded into their
  ///   splits.
  func replacement(_ node: Graph.Node) -> (any Operator, [Graph.ValueID])? {
    guard let ensemble = node.operation as? TreeEnsemble, var input = node.inputs.first else { return nil }
    let old = ensemble.trees
    var steps: [Step] = []
    while let (step, before) = step(input, columns: old.features) {
      steps.insert(step, at: 0)
      input = before
    }
    guard !steps.isEmpty, let none = try? DecisionTrees(features: old.features, outputs: old.outputs) else {
      return nil
    }
    var isWhole = true
    guard
      let (trees, order) = try? none.appending(
        old,
        changing: { split in
          guard let unscaled = unscaled(split, steps) else {
            isWhole = false
            return (split, false)
          }
          return (unscaled, false)
        }), isWhole, order.elementsEqual(0..<old.leafCount), let layout = try? TreeLayout(trees)
    else { return nil }
    return (
      TreeEnsemble(layout, ensemble.sums.aggregate, factor: ensemble.sums.factor),
      [input] + node.inputs.dropFirst()
    )
  }

  /// The scaling step that computes a value; nil if it does not preserve the order of numbers.
  private func step(_ value: Graph.ValueID, columns: Int) -> (Step, Graph.ValueID)? {
    let graph = patterns.graph
    guard let node = patterns.node(value), let arithmetic = node.operation as? Arithmetic,
      node.inputs.count == 2
    else { return nil }
    let commutes = arithmetic.function == .add || arithmetic.function == .multiply
    guard commutes || arithmetic.function == .subtract || arithmetic.function == .divide else { return nil }
    for (x, constant) in commutes ? [(0, 1), (1, 0)] : [(0, 1)] {
      guard graph[node.inputs[x]].hasRows, graph[node.inputs[x]].shape.count == columns,
        case .parameter(let place) = graph[node.inputs[constant]].source,
        let constants = try? graph.parameters[place].values.array
      else { continue }
      let scales = arithmetic.function == .multiply || arithmetic.function == .divide
      guard constants.count == 1 || constants.count == columns,
        constants.allSatisfy({ $0.isFinite && (!scales || $0 > 0) })
      else { continue }
      return (Step(function: arithmetic.function, constants: constants), node.inputs[x])
    }
    return nil
  }

  private func unscaled(_ split: DecisionTrees.Split, _ steps: [Step]) -> DecisionTrees.Split? {
    let isLess = split.comparison == .less
    guard isLess || split.comparison == .lessOrEqual, !split.zeroIsMissing else { return nil }
    let threshold = isLess ? SplitNumbers.above(split.threshold) : SplitNumbers.below(split.threshold)
    func goesLeft(_ x: Float) -> Bool {
      let scaled = steps.reduce(x) { $1.apply($0, column: split.feature) }
      return isLess ? scaled < threshold : scaled <= threshold
    }
    // Maps integers to floats in their order.
    func number(_ place: Int) -> Float {
      let size = Float(bitPattern: UInt32(clamping: abs(place)))
      return place < 0 ? -size : size
    }
    var high = Int(Float.greatestFiniteMagnitude.bitPattern)
    var low = -high
    guard goesLeft(number(low)) else { return nil }
    while low < high {
      let middle = low + (high - low + 1) / 2
      if goesLeft(number(middle)) { low = middle } else { high = middle - 1 }
    }
    var result = split
    result.comparison = .lessOrEqual
    result.threshold = Double(number(low))
    return result
  }
}
