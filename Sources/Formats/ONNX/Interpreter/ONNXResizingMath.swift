import Platform

/// Resizing, axis by axis.
enum ONNXResizingMath {
  static let table: [String: ONNXInterpreted.Function] = ["Resize": resize, "Upsample": resize]

  private static func resize(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    var x = try call.input(0)
    let options = try ONNXResizing(call)
    let scalesIndex = call.opset < 11 ? 1 : 2
    let axes = try (call.integers("axes") ?? Array(0..<x.rank)).map { try call.axis($0, rank: x.rank) }
    let sizes = call.optional(3).flatMap { $0.count == 0 ? nil : $0.integers }
    var scales: [Double]
    if let given = call.optional(scalesIndex), given.count > 0 {
      scales = Array(given.numbers.elements)
    } else if let given = try call.floats("scales") {
      scales = given.map { Double($0) }
    } else if let sizes, sizes.count == axes.count {
      scales = zip(axes, sizes).map { Double($1) / Double(max(x.dimensions[$0], 1)) }
      let policy = try call.string("keep_aspect_ratio_policy", "stretch")
      if policy != "stretch", let chosen = policy == "not_larger" ? scales.min() : scales.max() {
        scales = scales.map { _ in chosen }
      }
    } else {
      throw call.invalid("says neither scales nor sizes")
    }
    guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
      throw call.invalid("its scales are \(scales)")
    }
    guard sizes.map({ $0.count == axes.count }) ?? true else {
      throw call.invalid("its sizes do not fit its axes")
    }
    let keepsRatio = try call.string("keep_aspect_ratio_policy", "stretch") != "stretch"
    let region = options.crops ? Array(try call.input(1).numbers.elements) : nil
    let outside = Double(try call.float("extrapolation_value", 0))
    if let region, region.count != 2 * axes.count {
      throw call.invalid("its region has \(region.count) numbers")
    }
    for (index, axis) in axes.enumerated() {
      let size = x.dimensions[axis]
      let scaled = Double(size) * scales[index]
      let length =
        sizes.map { keepsRatio ? Int((scaled + 0.5).rounded(.down)) : $0[index] }
        ?? Int(scaled.rounded(.down))
      let span = region.map { ($0[index], $0[index + axes.count]) }
      guard length > 0, size > 0, length <= 1 << 20 else {
        throw call.invalid("resizes \(size) to \(length)")
      }
      if length == size, scales[index] == 1, span == nil { continue }
      let taps = options.taps(from: size, to: length, scale: scales[index], region: span)
      var shape = x.dimensions
      shape[axis] = length
      let (_, own, inner) = x.split(at: axis)
      let source = x
      x = try ONNXArray(shape, x.element) { place in
        let (line, rest) = (place / inner, place % inner)
        let (block, step) = (line / length, line % length)
        var sum = 0.0
        for tap in step * taps.count..<(step + 1) * taps.count {
          guard taps.places[tap] >= 0 else { return outside }
          sum +=
            source[(block * own + Int(taps.places[tap])) * inner + rest] * Double(taps.weights?[tap] ?? 1)
        }
        return sum
      }
    }
    return [x]
  }
}
