import Engine
import Platform

/// Changes of shape and order, and new arrays of a given shape.
enum ONNXReshaping {
  static let table: [String: ONNXInterpreted.Function] = [
    "Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
    "Transpose": transpose, "Expand": expand, "Tile": tile, "Shape": shape,
    "Size": { [try .integers([try $0.input(0).count], [])] },
    "Constant": constant, "ConstantOfShape": constantOfShape, "Range": range, "EyeLike": eyeLike,
    "Trilu": triangle, "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth,
  ]

  private static func reshape(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    guard let wanted = try call.integers(input: 1, attribute: "shape") else {
      throw call.invalid("says no shape")
    }
    let keepsZero = try call.integer("allowzero", 0) != 0
    var (result, open): ([Int], Int?) = ([], nil)
    for (index, size) in wanted.enumerated() {
      switch size {
      case -1 where open == nil:
        open = index
        result.append(1)
      case 0 where !keepsZero && x.dimensions.indices.contains(index): result.append(x.dimensions[index])
      case let size where size >= 0: result.append(size)
      default: throw call.invalid("the shape \(wanted) is not one")
      }
    }
    if let open {
      let known = try Shape(result).count
      guard known > 0, x.count % known == 0 else {
        throw call.invalid("\(x.dimensions) does not fit the shape \(wanted)")
      }
      result[open] = x.count / known
    }
    return [try x.reshaped(result)]
  }

  private static func flatten(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let given = try call.integer("axis", 1)
    let axis = given < 0 ? given + x.rank : given
    guard (0...x.rank).contains(axis) else { throw call.invalid("has no axis \(given)") }
    return [try x.reshaped([x.dimensions[..<axis].reduce(1, *), x.dimensions[axis...].reduce(1, *)])]
  }

  private static func squeeze(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axes = try call.integers(input: 1, attribute: "axes").map {
      Set(try $0.map { try call.axis($0, rank: x.rank) })
    }
    let kept = x.dimensions.indices.filter { axis in
      axes.map { !$0.contains(axis) } ?? (x.dimensions[axis] != 1)
    }
    return [try x.reshaped(kept.map { x.dimensions[$0] })]
  }

  private static func unsqueeze(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    guard let axes = try call.integers(input: 1, attribute: "axes"), axes.count <= 16 else {
      throw call.invalid("says no axes")
    }
    let rank = x.rank + axes.count
    var result = x.dimensions
    for axis in try axes.map({ try call.axis($0, rank: rank) }).sorted() {
      guard axis <= result.count else { throw call.invalid("adds axis \(axis) twice") }
      result.insert(1, at: axis)
    }
    return [try x.reshaped(result)]
  }

  private static func transpose(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let order = try call.integers("perm") ?? Array((0..<x.rank).reversed())
    guard order.sorted() == Array(0..<x.rank) else {
      throw call.invalid("its order \(order) is not one of \(x.rank) axes")
    }
    return [try x.transposed(order)]
  }

  private static func expand(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    return [try x.broadcast(to: ONNXArray.broadcast([x.dimensions, call.input(1).integers]))]
  }

  private static func tile(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, repeats) = (try call.input(0), try call.input(1).integers)
    guard repeats.count == x.rank, repeats.allSatisfy({ (0...1 << 30).contains($0) }) else {
      throw call.invalid("repeats \(x.dimensions) \(repeats) times")
    }
    let shape = zip(x.dimensions, repeats).map { $0 * $1 }
    let steps = ONNXArray.strides(x.dimensions)
    return [
      try x.picked(shape) { index in
        let position = ONNXArray.position(index, shape)
        return x.dimensions.indices.reduce(0) { $0 + position[$1] % x.dimensions[$1] * steps[$1] }
      }
    ]
  }

  private static func shape(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let all = try call.input(0).dimensions
    func clamped(_ index: Int) -> Int { min(max(index < 0 ? index + all.count : index, 0), all.count) }
    let (start, end) = (clamped(try call.integer("start", 0)), clamped(try call.integer("end", all.count)))
    return [try .integers(Array(all[start..<max(start, end)]))]
  }

  private static func constant(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    guard let value = call.node.attributes.first?.value, call.node.attributes.count == 1 else {
      throw call.invalid("has \(call.node.attributes.count) values; one is needed")
    }
    switch value {
    case .tensor(let tensor): return [try ONNXArray(tensor)]
    case .float(let number): return [try ONNXArray([], .float32) { _ in Double(number) }]
    case .integer(let number): return [try ONNXArray([], .int64) { _ in Double(number) }]
    case .floats(let numbers): return [try ONNXArray([numbers.count], .float32) { Double(numbers[$0]) }]
    case .integers(let numbers): return [try ONNXArray([numbers.count], .int64) { Double(numbers[$0]) }]
    case .string(let text): return [try ONNXArray(ONNXTensor(dimensions: [], storage: .strings([text])))]
    case .strings(let texts):
      return [try ONNXArray(ONNXTensor(dimensions: [texts.count], storage: .strings(texts)))]
    case .graph, .reference, .other: throw call.unsupported("a constant of this form is not read")
    }
  }

  private static func constantOfShape(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let shape = try call.input(0).integers
    guard case .tensor(let tensor)? = call.node.attributes["value"] else {
      return [try ONNXArray(shape, .float32)]
    }
    let value = try ONNXArray(tensor)
    return [try ONNXArray(shape, value.element) { _ in value.first ?? 0 }]
  }

  private static func range(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let start = try call.input(0)
    guard let first = start.first, let limit = try call.input(1).first, let step = try call.input(2).first,
      step != 0
    else { throw call.invalid("needs a start, a limit and a step") }
    let count = max(((limit - first) / step).rounded(.up), 0)
    guard count < Double(ONNXArray.maximumCount) else { throw call.unsupported("makes \(count) numbers") }
    return [try ONNXArray([Int(count)], start.element) { first + Double($0) * step }]
  }

  private static func eyeLike(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    guard x.rank == 2 else { throw call.invalid("is of \(x.rank) dimensions; 2 are needed") }
    let diagonal = try call.integer("k", 0)
    let element = try call.elementType("dtype", x.element)
    return [
      try ONNXArray(x.dimensions, element) { $0 % x.dimensions[1] - $0 / x.dimensions[1] == diagonal ? 1 : 0 }
    ]
  }

  private static func triangle(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    guard x.rank >= 2 else { throw call.invalid("is of \(x.rank) dimensions; 2 are needed") }
    let diagonal = call.optional(1)?.integers.first ?? 0
    let upper = try call.integer("upper", 1) != 0
    let (high, wide) = (x.dimensions[x.rank - 2], x.dimensions[x.rank - 1])
    return [
      try ONNXArray(x.dimensions, x.element) { index in
        let offset = index % wide - index / wide % high
        return (upper ? offset >= diagonal : offset <= diagonal) ? x[index] : 0
      }
    ]
  }

  private static func block(_ call: ONNXEvaluation, _ x: ONNXArray) throws -> Int {
    let size = try call.integer("blocksize", 0)
    guard x.rank == 4, (1...1 << 16).contains(size) else { throw call.invalid("has blocks of \(size)") }
    return size
  }

  private static func depthToSpace(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (size, own) = (try block(call, x), x.dimensions)
    guard own[1] % (size * size) == 0 else {
      throw call.invalid("its channels cannot be divided into blocks")
    }
    let depth = own[1] / (size * size)
    let byColumns = try call.string("mode", "DCR") == "CRD"
    let parts = byColumns ? [own[0], depth, size, size] : [own[0], size, size, depth]
    let moved = try x.reshaped(parts + own[2...]).transposed(
      byColumns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2])
    return [try moved.reshaped([own[0], depth, own[2] * size, own[3] * size])]
  }

  private static func spaceToDepth(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (size, own) = (try block(call, x), x.dimensions)
    let (high, wide) = (own[2] / size, own[3] / size)
    let moved = try x.reshaped([own[0], own[1], high, size, wide, size]).transposed([0, 3, 5, 1, 2, 4])
    return [try moved.reshaped([own[0], own[1] * size * size, high, wide])]
  }
}
