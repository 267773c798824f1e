import Engine
import Platform

// Reshaping, joining and slicing of constants. A weight remains a weight if only its shape changes.
extension ONNXFolding {
  static func reshape(_ call: ONNXCall) throws -> [ONNXTensor] {
    var tensor = try call.requiredConstant(0)
    guard let wanted = try call.integers(input: 1, attribute: "shape") else {
      throw call.invalid("says no shape")
    }
    var result: [Int] = []
    var open: Int?
    for (index, dimension) in wanted.enumerated() {
      switch dimension {
      case -1 where open == nil:
        open = index
        result.append(1)
      case 0 where tensor.dimensions.indices.contains(index): result.append(tensor.dimensions[index])
      case let size where size >= 0: result.append(size)
      default: throw call.invalid("the shape \(wanted) is not one")
      }
    }
    let known = try Shape(result).count
    if let open {
      guard known > 0, tensor.count % known == 0 else {
        throw call.invalid("\(tensor.dimensions) does not fit the shape \(wanted)")
      }
      result[open] = tensor.count / known
    }
    guard try Shape(result).count == tensor.count else {
      throw call.invalid("\(tensor.dimensions) does not fit the shape \(wanted)")
    }
    tensor.dimensions = result
    return [tensor]
  }

  static func flatten(_ call: ONNXCall) throws -> [ONNXTensor] {
    var tensor = try call.requiredConstant(0)
    let rank = tensor.dimensions.count
    let given = try call.integer("axis", 1)
    let axis = given < 0 ? given + rank : given
    guard (0...rank).contains(axis) else { throw call.invalid("has no axis \(given)") }
    tensor.dimensions = [tensor.dimensions[..<axis].reduce(1, *), tensor.dimensions[axis...].reduce(1, *)]
    return [tensor]
  }

  static func squeeze(_ call: ONNXCall) throws -> [ONNXTensor] {
    var tensor = try call.requiredConstant(0)
    let rank = tensor.dimensions.count
    let axes = try call.integers(input: 1, attribute: "axes").map { Set($0.map { $0 < 0 ? $0 + rank : $0 }) }
    let kept = tensor.dimensions.enumerated().filter { index, dimension in
      axes.map { !$0.contains(index) } ?? (dimension != 1)
    }.map(\.element)
    guard try Shape(kept).count == tensor.count else {
      throw call.invalid("removes an axis of more than one element")
    }
    tensor.dimensions = kept
    return [tensor]
  }

  static func unsqueeze(_ call: ONNXCall) throws -> [ONNXTensor] {
    var tensor = try call.requiredConstant(0)
    guard let axes = try call.integers(input: 1, attribute: "axes") else {
      throw call.invalid("says no axes")
    }
    let rank = tensor.dimensions.count + axes.count
    guard rank <= 16 else { throw call.unsupported("makes \(rank) dimensions") }
    for axis in axes.map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
      guard (0...tensor.dimensions.count).contains(axis) else { throw call.invalid("has no axis \(axis)") }
      tensor.dimensions.insert(1, at: axis)
    }
    return [tensor]
  }

  static func transpose(_ call: ONNXCall) throws -> [ONNXTensor] {
    let tensor = try call.requiredConstant(0)
    let old = tensor.dimensions
    let order = try call.integers("perm") ?? Array(old.indices.reversed())
    guard order.sorted() == Array(old.indices) else {
      throw call.invalid("its order \(order) is not one of \(old.count) axes")
    }
    let dimensions = order.map { old[$0] }
    // For each new index, the index of the original element.
    var strides = Array(repeating: 1, count: old.count)
    for axis in old.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * old[axis + 1] }
    let moved = order.map { strides[$0] }
    func place(_ index: Int) -> Int {
      var (rest, result) = (index, 0)
      for axis in dimensions.indices.reversed() {
        result += rest % dimensions[axis] * moved[axis]
        rest /= dimensions[axis]
      }
      return result
    }
    return [try picked(tensor, dimensions, place, weight: tensor.weight)]
  }

  static func concat(_ call: ONNXCall) throws -> [ONNXTensor] {
    let tensors = try call.operands.indices.map { try call.requiredConstant($0) }
    guard let first = tensors.first else { throw call.invalid("has no inputs") }
    let rank = first.dimensions.count
    let given = try call.integer("axis", 0)
    let axis = given < 0 ? given + rank : given
    guard (0..<rank).contains(axis) else { throw call.invalid("has no axis \(given)") }
    guard rank == 1 else { throw call.unsupported("joins constants of \(rank) dimensions") }
    let count = tensors.reduce(0) { $0 + min($1.count, maximumCount + 1) }
    guard count <= maximumCount else { throw call.unsupported("joins constants of \(count) elements") }
    if tensors.allSatisfy({ $0.integers != nil }) {
      return [.integers(tensors.flatMap { $0.integers ?? [] })]
    }
    let values = try tensors.flatMap { tensor -> [Float] in
      guard let values = try tensor.floats() else { throw call.unsupported("joins text") }
      return values.array
    }
    return [try .floats(values, dimensions: [values.count])]
  }

  static func gather(_ call: ONNXCall) throws -> [ONNXTensor] {
    let tensor = try call.requiredConstant(0)
    let chosen = try call.requiredConstant(1)
    guard let indices = chosen.integers else { throw call.invalid("its indices are not whole numbers") }
    guard try call.integer("axis", 0) == 0, let size = tensor.dimensions.first else {
      throw call.unsupported("takes elements of a constant by another axis than the first")
    }
    let rest = Array(tensor.dimensions.dropFirst())
    let width = rest.reduce(1, *)
    let positions = try indices.map { index -> Int in
      let position = index < 0 ? index &+ Int64(size) : index
      guard (0..<Int64(size)).contains(position) else {
        throw call.invalid("takes element \(index) of \(size)")
      }
      return Int(position)
    }
    let dimensions = chosen.dimensions + rest
    guard try Shape(dimensions).count <= max(maximumCount, tensor.count) else {
      throw call.unsupported("makes a constant of \(dimensions)")
    }
    return [try picked(tensor, dimensions, { positions[$0 / width] * width + $0 % width }, weight: nil)]
  }

  static func slice(_ call: ONNXCall) throws -> [ONNXTensor] {
    let tensor = try call.requiredConstant(0)
    guard let starts = try call.integers(input: 1, attribute: "starts"),
      let ends = try call.integers(input: 2, attribute: "ends"), starts.count == 1, ends.count == 1,
      try call.integers(input: 3, attribute: "axes") ?? [0] == [0], let size = tensor.dimensions.first,
      try call.constant(4)?.integers ?? [1] == [1]
    else { throw call.unsupported("cuts a constant otherwise than by its first axis") }
    func clamped(_ position: Int) -> Int { min(max(position < 0 ? position + size : position, 0), size) }
    let start = clamped(starts[0])
    let rest = Array(tensor.dimensions.dropFirst())
    let width = rest.reduce(1, *)
    let length = max(clamped(ends[0]) - start, 0)
    return [try picked(tensor, [length] + rest, { $0 + start * width }, weight: nil)]
  }

  /// The tensor's elements in another order; `place` must return valid indices.
  private static func picked(
    _ tensor: ONNXTensor, _ dimensions: [Int], _ place: (Int) -> Int, weight: String?
  ) throws -> ONNXTensor {
    let count = try Shape(dimensions).count
    func picked<Number>(_ values: Buffer<Number>) throws -> Buffer<Number> {
      let buffer = try Buffer<Number>(count: count)
      for index in 0..<count { buffer.pointer[index] = values.pointer[place(index)] }
      return buffer
    }
    let storage: ONNXTensor.Storage
    switch tensor.storage {
    case .floats(let values): storage = .floats(try picked(values))
    case .halves(.float16(let values)): storage = .halves(.float16(try picked(values)))
    case .halves(.bfloat16(let values)): storage = .halves(.bfloat16(try picked(values)))
    case .halves: throw Failure.internal("weights of 16 bits in another type")
    case .integers(let values): storage = .integers((0..<count).map { values[place($0)] })
    case .strings(let values): storage = .strings((0..<count).map { values[place($0)] })
    }
    return ONNXTensor(dimensions: dimensions, storage: storage, weight: weight)
  }
}
