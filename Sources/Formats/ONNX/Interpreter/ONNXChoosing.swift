import Platform

/// Concatenation, slicing, padding and gathering.
enum ONNXChoosing {
  static let table: [String: ONNXInterpreted.Function] = [
    "Concat": concat, "Split": split, "Slice": slice, "Pad": pad, "Gather": gather,
    "ai.onnx.ml.ArrayFeatureExtractor": arrayFeatureExtractor,
    "GatherElements": gatherElements, "GatherND": gatherND, "Compress": compress, "OneHot": oneHot,
    "ReverseSequence": reverse,
  ]

  private static func concat(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let arrays = try call.inputs.indices.map { try call.input($0) }
    guard let first = arrays.first else { throw call.invalid("has no inputs") }
    let axis = try call.axis("axis", 1, rank: first.rank)
    for array in arrays {
      var (own, wanted) = (array.dimensions, first.dimensions)
      guard own.count == wanted.count else { throw call.invalid("joins \(own) to \(wanted)") }
      (own[axis], wanted[axis]) = (0, 0)
      guard own == wanted else { throw call.invalid("joins \(array.dimensions) to \(first.dimensions)") }
    }
    var shape = first.dimensions
    shape[axis] = arrays.reduce(0) { $0 + $1.dimensions[axis] }
    let result = try ONNXArray(shape, first.element)
    let (outer, size, inner) = result.split(at: axis)
    var start = 0
    for array in arrays {
      let width = array.dimensions[axis] * inner
      for line in 0..<outer {
        (result.numbers.pointer + line * size * inner + start).update(
          from: array.numbers.pointer + line * width, count: width)
      }
      start += width
    }
    return [result]
  }

  /// `count` elements of an axis, beginning at `start`, with step `step`.
  private static func part(
    _ x: ONNXArray, _ axis: Int, start: Int, count: Int, step: Int = 1
  ) throws -> ONNXArray {
    var shape = x.dimensions
    shape[axis] = count
    let (_, size, inner) = x.split(at: axis)
    return try x.picked(shape) { index in
      let (line, rest) = (index / inner, index % inner)
      return (line / count * size + start + line % count * step) * inner + rest
    }
  }

  private static func split(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axis = try call.axis("axis", 0, rank: x.rank)
    let (size, parts) = (x.dimensions[axis], try call.integer("num_outputs", call.node.outputs.count))
    guard parts > 0 else { throw call.invalid("has no outputs") }
    let equal = (size + parts - 1) / parts
    let sizes =
      try call.integers(input: 1, attribute: "split")
      ?? (0..<parts).map { min(equal, max(size - $0 * equal, 0)) }
    guard sizes.allSatisfy({ (0...size).contains($0) }), sizes.reduce(0, +) == size else {
      throw call.invalid("splits \(size) elements into \(sizes)")
    }
    var start = 0
    return try sizes.map { count in
      defer { start += count }
      return try part(x, axis, start: start, count: count)
    }
  }

  private static func slice(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    var x = try call.input(0)
    guard let starts = try call.integers(input: 1, attribute: "starts"),
      let ends = try call.integers(input: 2, attribute: "ends")
    else { throw call.invalid("says no starts and ends") }
    let axes = try call.integers(input: 3, attribute: "axes") ?? Array(starts.indices)
    let steps = call.optional(4)?.integers ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw call.invalid("its starts, ends, axes and steps are not lists of one length")
    }
    for index in starts.indices {
      let axis = try call.axis(axes[index], rank: x.rank)
      let (size, step) = (x.dimensions[axis], steps[index])
      guard step != 0, step > .min else { throw call.invalid("has a step of 0") }
      func clamped(_ place: Int) -> Int {
        let positive = place < 0 ? place &+ size : place
        return step > 0 ? min(max(positive, 0), size) : min(max(positive, -1), size - 1)
      }
      let (start, end) = (clamped(starts[index]), ends[index] < -size && step < 0 ? -1 : clamped(ends[index]))
      let distance = step > 0 ? end - start : start - end
      let count = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
      x = try part(x, axis, start: start, count: count, step: step)
    }
    return [x]
  }

  private static func pad(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    var x = try call.input(0)
    let name = call.node.attributes["pads"] == nil ? "paddings" : "pads"
    guard let pads = try call.integers(input: 1, attribute: name) else { throw call.invalid("says no pads") }
    let axes = call.optional(3)?.integers ?? Array(0..<x.rank)
    guard pads.count == 2 * axes.count else { throw call.invalid("its pads are not two for each axis") }
    let fill = try call.optional(2)?.first ?? Double(call.float("value", 0))
    let mode = try call.string("mode", "constant")
    for (index, given) in axes.enumerated() {
      let axis = try call.axis(given, rank: x.rank)
      let (before, after) = (pads[index], pads[index + axes.count])
      if before == 0, after == 0 { continue }
      guard
        let places = ONNXResampling.paddedPlaces(x.dimensions[axis], before: before, after: after, mode: mode)
      else { throw call.invalid("pads an axis by \(before) and \(after)") }
      var shape = x.dimensions
      shape[axis] = places.count
      let (_, size, inner) = x.split(at: axis)
      let source = x
      x = try ONNXArray(shape, x.element) { index in
        let (line, rest) = (index / inner, index % inner)
        let place = Int(places[line % places.count])
        return place < 0 ? fill : source[(line / places.count * size + place) * inner + rest]
      }
    }
    return [x]
  }

  /// An index counted from the start of the axis.
  static func place(_ call: ONNXEvaluation, _ value: Double, of size: Int) throws -> Int {
    let given = Int(clamping: ONNXArray.Element.whole(value))
    let place = given < 0 ? given &+ size : given
    guard (0..<size).contains(place) else { throw call.invalid("takes element \(given) of \(size)") }
    return place
  }

  private static func gather(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen) = (try call.input(0), try call.input(1))
    let axis = try call.axis("axis", 0, rank: x.rank)
    let (_, size, inner) = x.split(at: axis)
    let shape = x.dimensions[..<axis] + chosen.dimensions + x.dimensions[(axis + 1)...]
    return [
      try x.picked(Array(shape)) { index in
        let (line, rest) = (index / inner, index % inner)
        let place = try place(call, chosen[line % chosen.count], of: size)
        return (line / chosen.count * size + place) * inner + rest
      }
    ]
  }

  // x (…, n), indices of its last axis in any shape → (…, indices)
  private static func arrayFeatureExtractor(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen) = (try call.input(0), try call.input(1))
    guard let size = x.dimensions.last, chosen.count > 0 else {
      throw call.invalid("has nothing to choose from")
    }
    // A one-dimensional array is one row.
    let lines = x.rank == 1 ? [1] : Array(x.dimensions.dropLast())
    return [
      try x.picked(lines + [chosen.count]) { index in
        index / chosen.count * size + (try place(call, chosen[index % chosen.count], of: size))
      }
    ]
  }

  private static func gatherElements(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen) = (try call.input(0), try call.input(1))
    let axis = try call.axis("axis", 0, rank: x.rank)
    guard chosen.rank == x.rank else { throw call.invalid("its indices have other dimensions") }
    let steps = ONNXArray.strides(x.dimensions)
    return [
      try x.picked(chosen.dimensions) { index in
        var position = ONNXArray.position(index, chosen.dimensions)
        position[axis] = try place(call, chosen[index], of: x.dimensions[axis])
        guard zip(position, x.dimensions).allSatisfy({ $0 < $1 }) else {
          throw call.invalid("its indices reach beyond \(x.dimensions)")
        }
        return zip(position, steps).reduce(0) { $0 + $1.0 * $1.1 }
      }
    ]
  }

  private static func gatherND(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, chosen) = (try call.input(0), try call.input(1))
    let batches = try call.integer("batch_dims", 0)
    guard let width = chosen.dimensions.last, batches >= 0, batches < chosen.rank,
      width + batches <= x.rank, chosen.dimensions.prefix(batches) == x.dimensions.prefix(batches)
    else { throw call.invalid("its indices do not fit \(x.dimensions)") }
    let rest = x.dimensions[(batches + width)...]
    let (inner, steps) = (rest.reduce(1, *), ONNXArray.strides(x.dimensions))
    let perBatch = chosen.dimensions[batches..<chosen.rank - 1].reduce(1, *)
    let batchStride = x.dimensions[batches...].reduce(1, *)
    return [
      try x.picked(chosen.dimensions.dropLast() + rest) { index in
        let (line, within) = (index / inner, index % inner)
        var start = line / max(perBatch, 1) * batchStride
        for axis in 0..<width {
          start +=
            try place(call, chosen[line * width + axis], of: x.dimensions[batches + axis])
            * steps[batches + axis]
        }
        return start + within
      }
    ]
  }

  private static func compress(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (given, condition) = (try call.input(0), try call.input(1))
    let flattened = call.node.attributes["axis"] == nil
    let x = flattened ? try given.reshaped([given.count]) : given
    let axis = flattened ? 0 : try call.axis("axis", 0, rank: x.rank)
    let (_, size, inner) = x.split(at: axis)
    let kept = (0..<min(size, condition.count)).filter { condition[$0] != 0 }
    var shape = x.dimensions
    shape[axis] = kept.count
    return [
      try x.picked(shape) { index in
        let (line, rest) = (index / inner, index % inner)
        return (line / kept.count * size + kept[line % kept.count]) * inner + rest
      }
    ]
  }

  private static func oneHot(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (indices, values) = (try call.input(0), try call.input(2))
    guard let depth = try call.input(1).integers.first, (1...1 << 24).contains(depth), values.count == 2
    else {
      throw call.invalid("needs a depth and two values")
    }
    let axis = try call.axis("axis", -1, rank: indices.rank + 1)
    var shape = indices.dimensions
    shape.insert(depth, at: axis)
    let inner = shape[(axis + 1)...].reduce(1, *)
    return [
      try ONNXArray(shape, values.element) { index in
        let (line, rest) = (index / inner, index % inner)
        let given = indices[line / depth * inner + rest].rounded(.towardZero)
        return values[(given < 0 ? given + Double(depth) : given) == Double(line % depth) ? 1 : 0]
      }
    ]
  }

  /// Reverses the first elements of each sequence.
  private static func reverse(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, lengths) = (try call.input(0), try call.input(1).integers)
    let (time, batch) = (
      try call.axis("time_axis", 0, rank: x.rank), try call.axis("batch_axis", 1, rank: x.rank)
    )
    let steps = ONNXArray.strides(x.dimensions)
    guard lengths.count == x.dimensions[batch], lengths.allSatisfy({ (0...x.dimensions[time]).contains($0) })
    else { throw call.invalid("its lengths do not fit \(x.dimensions)") }
    return [
      try x.picked(x.dimensions) { index in
        let position = ONNXArray.position(index, x.dimensions)
        let (length, place) = (lengths[position[batch]], position[time])
        return place < length ? index + (length - 1 - 2 * place) * steps[time] : index
      }
    ]
  }
}
