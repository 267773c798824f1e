import Engine
import Platform

/// Concatenation, slicing and gathering.
enum ONNXSelection {
  static func concat(_ call: ONNXCall) throws -> [ONNXSymbol] {
    if call.operands.contains(where: { if case .images? = $0 { true } else { false } }) {
      return try ONNXImages.concat(call)
    }
    let values = try call.operands.indices.map { try call.rows($0) }
    guard let first = values.first else { throw call.invalid("has no inputs") }
    let axis = try call.rowAxis(call.integer("axis", 1), rank: call.rank(first))
    if values.count == 1 { return [.rows(first)] }
    return [.rows(try call.apply(Concatenation(axis: axis), values))]
  }

  static func slice(_ call: ONNXCall) throws -> [ONNXSymbol] {
    var value = try call.rows(0)
    let rank = call.rank(value)
    guard let starts = try call.integers(input: 1, attribute: "starts"),
      let ends = try call.integers(input: 2, attribute: "ends"), starts.count == ends.count
    else { throw call.invalid("its starts and ends are not lists of the same length") }
    let axes = try call.integers(input: 3, attribute: "axes") ?? Array(starts.indices)
    let steps = try call.constant(4)?.integers ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count else {
      throw call.invalid("its axes do not match its starts")
    }
    for (index, axis) in axes.enumerated() {
      if axis == 0 || axis == -rank, starts[index] == 0, ends[index] >= 1 << 31 - 1, steps[index] == 1 {
        continue
      }
      let place = try call.rowAxis(axis, rank: rank)
      let size = call.shape(value).dimensions[place]
      guard steps[index] == 1 else {
        let places = try stepped(call, starts[index], ends[index], Int(clamping: steps[index]), size)
        value = try call.apply(Resampling(axis: place, places: places), [value])
        continue
      }
      func clamped(_ position: Int) -> Int { min(max(position < 0 ? position + size : position, 0), size) }
      let (start, end) = (clamped(starts[index]), clamped(ends[index]))
      guard start < end else { throw call.invalid("takes elements \(start) to \(end) of \(size)") }
      value = try take(call, value, axis: place, start..<end)
    }
    return [.rows(value)]
  }

  /// The indices of a slice with a step, or backwards.
  private static func stepped(
    _ call: ONNXCall, _ start: Int, _ end: Int, _ step: Int, _ size: Int
  ) throws -> [Int32] {
    guard step != 0, abs(step) <= 1 << 40 else { throw call.invalid("has a step of \(step)") }
    func clamped(_ position: Int, _ range: ClosedRange<Int>) -> Int {
      let positive = position < 0 ? position + size : position
      return min(max(positive, range.lowerBound), range.upperBound)
    }
    let places =
      step > 0
      ? Array(stride(from: clamped(start, 0...size), to: clamped(end, 0...size), by: step))
      : Array(stride(from: clamped(start, -1...size - 1), to: clamped(end, -1...size - 1), by: step))
    guard !places.isEmpty else { throw call.invalid("takes no elements") }
    return places.map { Int32(clamping: $0) }
  }

  static func split(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try call.rows(0)
    let place = try call.rowAxis(call.integer("axis", 0), rank: call.rank(value))
    let size = call.shape(value).dimensions[place]
    let parts = call.node.outputs.count
    guard parts > 0 else { throw call.invalid("has no outputs") }
    let sizes: [Int]
    if let given = try call.integers(input: 1, attribute: "split") {
      sizes = given
    } else {
      // Equal parts; the last one may be smaller.
      let part = (size + parts - 1) / parts
      sizes = (0..<parts).map { min(part, size - $0 * part) }
    }
    guard sizes.count == parts, sizes.allSatisfy({ $0 > 0 && $0 <= size }), sizes.reduce(0, +) == size else {
      throw call.invalid("splits \(size) elements into \(sizes)")
    }
    var start = 0
    return try sizes.map { part in
      defer { start += part }
      return .rows(try take(call, value, axis: place, start..<(start + part)))
    }
  }

  /// Rows of a constant table at computed indices, or constant columns of the rows.
  static func gather(_ call: ONNXCall) throws -> [ONNXSymbol] {
    if case .constant(let table)? = call.operand(0) { return [.rows(try look(call, up: table))] }
    let value = try call.rows(0)
    let place = try call.rowAxis(call.integer("axis", 0), rank: call.rank(value))
    let chosen = try call.requiredConstant(1)
    guard let indices = chosen.integers else { throw call.invalid("its indices are not whole numbers") }
    let result = try columns(call, value, axis: place, indices)
    var dimensions = call.shape(result).dimensions
    dimensions.replaceSubrange(place...place, with: chosen.dimensions)
    return [.rows(try call.reshape(result, dimensions))]
  }

  private static func look(_ call: ONNXCall, up table: ONNXTensor) throws -> Graph.ValueID {
    guard try call.integer("axis", 0) == 0, table.dimensions.count == 2 else {
      throw call.unsupported(
        "looks up in a table of \(table.dimensions.count) dimensions, or not by its first")
    }
    let indices: Graph.ValueID
    switch call.operand(1) {
    case .rows(let value)?, .indices(let value)?: indices = value
    default: throw call.invalid("has no indices")
    }
    let result = try call.apply(Embedding(), [indices, call.parameter(table, "table")])
    let width = table.dimensions.last ?? 0
    return try call.reshape(result, call.shape(indices).dimensions + [width])
  }

  /// The elements `indices` of one axis, in this order; adjacent ones are copied together.
  static func columns(
    _ call: ONNXCall, _ value: Graph.ValueID, axis: Int, _ indices: [Int64]
  ) throws -> Graph.ValueID {
    let size = call.shape(value).dimensions[axis]
    var ranges: [Range<Int>] = []
    for index in indices {
      let position = Int(index < 0 ? index &+ Int64(size) : index)
      guard (0..<size).contains(position) else { throw call.invalid("takes element \(index) of \(size)") }
      if let last = ranges.last, last.upperBound == position {
        ranges[ranges.count - 1] = last.lowerBound..<(position + 1)
      } else {
        ranges.append(position..<(position + 1))
      }
    }
    guard !ranges.isEmpty else { throw call.invalid("takes no elements") }
    if ranges.count == 1 { return try take(call, value, axis: axis, ranges[0]) }
    let places = ranges.flatMap { $0.map { Int32(clamping: $0) } }
    return try call.apply(Resampling(axis: axis, places: places), [value])
  }

  /// A range of one axis: columns, after the axis and those after it are flattened.
  private static func take(
    _ call: ONNXCall, _ value: Graph.ValueID, axis: Int, _ range: Range<Int>
  ) throws -> Graph.ValueID {
    let dimensions = call.shape(value).dimensions
    if range == 0..<dimensions[axis] { return value }
    let inner = dimensions[(axis + 1)...].reduce(1, *)
    let flat = try call.reshape(value, Array(dimensions[..<axis]) + [dimensions[axis] * inner])
    let taken = try call.apply(Columns((range.lowerBound * inner)..<(range.upperBound * inner)), [flat])
    var result = dimensions
    result[axis] = range.count
    return try call.reshape(taken, result)
  }
}
