import Engine
import Platform

/// Operators that change only the shape or the type.
enum ONNXShape {
  static func identity(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard let symbol = call.operand(0) else { throw call.invalid("input 0 is missing") }
    return [symbol]
  }

  static func cast(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let target = try call.integer("to", 1)
    guard let symbol = call.operand(0) else { throw call.invalid("input 0 is missing") }
    // float, float16, double and bfloat16 keep the value; integers truncate it.
    if [1, 10, 11, 16].contains(target) {
      if case .indices = symbol {
        throw call.unsupported("rounds towards zero by casting to whole numbers and back")
      }
      return [symbol]
    }
    // A test whether a sum is zero, before a division by it.
    if target == 9, case .rows(let value) = symbol, isSumOfProbabilities(call.importer.builder.graph, value) {
      return [.guardOfSum]
    }
    if target == 9, case .rows(let value) = symbol { return [.rows(try isNotZero(call, value))] }
    guard [2, 3, 4, 5, 6, 7, 12, 13].contains(target) else {
      throw call.unsupported("casts values of the rows to type \(target)")
    }
    if case .rows(let value) = symbol { return [.indices(value)] }
    return [symbol]
  }

  /// 1 where a number is not 0, else 0.
  private static func isNotZero(_ call: ONNXCall, _ value: Graph.ValueID) throws -> Graph.ValueID {
    try call.apply(Threshold(0), [call.apply(Unary(.absolute), [value])])
  }

  private static func isSumOfProbabilities(_ graph: Graph, _ value: Graph.ValueID) -> Bool {
    func node(_ id: Graph.ValueID) -> Graph.Node? {
      guard case .node(let index) = graph[id].source, graph.nodes.indices.contains(index) else { return nil }
      return graph.nodes[index]
    }
    guard let sum = node(value), let reduction = sum.operation as? Reduction, reduction.function == .sum,
      let summed = sum.inputs.first.flatMap(node)
    else { return false }
    let isSigmoid = (summed.operation as? Activation)?.function == .sigmoid
    return isSigmoid || summed.operation is Softmax || ONNXPatterns(graph).logistic(summed) != nil
  }

  /// The number of rows is -1, which a later Reshape takes as "unchanged".
  static func shape(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let all = [-1] + (try call.shape(any(call, 0))).dimensions
    func clamped(_ index: Int) -> Int { min(max(index < 0 ? index + all.count : index, 0), all.count) }
    let (start, end) = (clamped(try call.integer("start", 0)), clamped(try call.integer("end", all.count)))
    return [.constant(.integers(all[start..<max(start, end)].map { Int64($0) }))]
  }

  static func reshape(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard let wanted = try call.integers(input: 1, attribute: "shape") else {
      throw call.invalid("says no shape")
    }
    let value = try any(call, 0)
    let old = call.shape(value)
    guard let rows = wanted.first,
      rows == -1 || rows == 0 || call.importer.fixedRows.contains(rows)
    else { throw call.unsupported("the shape \(wanted) does not keep the rows first") }
    var result: [Int] = []
    var open: Int?
    for (index, dimension) in wanted.enumerated().dropFirst() {
      switch dimension {
      case -1:
        guard open == nil else { throw call.invalid("the shape \(wanted) leaves two dimensions open") }
        open = result.count
        result.append(1)
      case 0:
        guard old.dimensions.indices.contains(index - 1) else {
          throw call.invalid("the shape \(wanted) keeps a dimension that is not there")
        }
        result.append(old.dimensions[index - 1])
      case let size where size > 0: result.append(size)
      default: throw call.invalid("the shape \(wanted) has a negative dimension")
      }
    }
    let known = try Shape(result).count
    if let open {
      guard known > 0, old.count % known == 0 else {
        throw call.invalid("\(old) does not fit the shape \(wanted)")
      }
      result[open] = old.count / known
    }
    guard try Shape(result).count == old.count else {
      throw call.unsupported("the shape \(wanted) for \(old) moves values from one row to another")
    }
    return [try same(call, value, result)]
  }

  static func flatten(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try any(call, 0)
    let dimensions = call.shape(value).dimensions
    var axis = try call.integer("axis", 1)
    if axis < 0 { axis += dimensions.count + 1 }
    guard
      axis == 1
        || axis > 1 && axis <= dimensions.count + 1 && dimensions[..<(axis - 1)].allSatisfy({ $0 == 1 })
    else {
      throw call.unsupported("flattens the rows together with their values (axis \(axis))")
    }
    return [try same(call, value, [call.shape(value).count])]
  }

  static func squeeze(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try any(call, 0)
    var dimensions = call.shape(value).dimensions
    let rank = dimensions.count + 1
    if let axes = try call.integers(input: 1, attribute: "axes") {
      let places = Set(try axes.map { try call.rowAxis($0, rank: rank) })
      guard places.allSatisfy({ dimensions[$0] == 1 }) else {
        throw call.invalid("removes an axis of more than one element")
      }
      dimensions = dimensions.enumerated().filter { !places.contains($0.offset) }.map(\.element)
    } else {
      dimensions.removeAll { $0 == 1 }
    }
    return [try same(call, value, dimensions)]
  }

  static func unsqueeze(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try any(call, 0)
    guard let axes = try call.integers(input: 1, attribute: "axes") else {
      throw call.invalid("says no axes")
    }
    var dimensions = call.shape(value).dimensions
    let rank = dimensions.count + 1 + axes.count
    guard rank <= 16 else { throw call.unsupported("makes \(rank) dimensions") }
    for place in try axes.map({ try call.rowAxis($0, rank: rank) }).sorted() {
      guard place <= dimensions.count else { throw call.invalid("adds an axis beyond the last") }
      dimensions.insert(1, at: place)
    }
    return [try same(call, value, dimensions)]
  }

  /// Permutes the axes of a row; the rows stay in front.
  static func transpose(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try any(call, 0)
    let dimensions = call.shape(value).dimensions
    let rank = dimensions.count + 1
    let order = try call.integers("perm") ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank) else {
      throw call.invalid("its order \(order) is not one of \(rank) axes")
    }
    guard order.first == 0 else { throw call.unsupported("the order \(order) moves the rows") }
    let result = try call.moved(value, order: order.dropFirst().map { $0 - 1 })
    if case .indices? = call.operand(0) { return [.indices(result)] }
    return [.rows(result)]
  }

  /// A value of the rows, with or without truncation to integers.
  private static func any(_ call: ONNXCall, _ index: Int) throws -> Graph.ValueID {
    if case .indices(let value)? = call.operand(index) { return value }
    return try call.rows(index)
  }

  private static func same(_ call: ONNXCall, _ value: Graph.ValueID, _ dimensions: [Int]) throws -> ONNXSymbol
  {
    let result = try call.reshape(value, dimensions)
    if case .indices? = call.operand(0) { return .indices(result) }
    return .rows(result)
  }
}
