import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The maximum, the mean or a norm of windows.
enum ONNXPooling {
  static let table: [String: ONNXInterpreted.Function] = [
    "MaxPool": largest, "AveragePool": average, "LpPool": norm,
    "GlobalAveragePool": global { $0.reduce(0, +) / Double($0.count) },
    "GlobalMaxPool": global { $0.max() ?? 0 }, "MaxUnpool": unpool,
    "GlobalLpPool": { call in
      let p = Double(try call.integer("p", 2))
      return try global { pow($0.reduce(0) { $0 + pow(abs($1), p) }, 1 / p) }(call)
    },
  ]

  private static func global(_ function: @escaping ([Double]) -> Double) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      guard x.rank > 2 else { throw call.invalid("has nothing to pool in \(x.dimensions)") }
      return [try ONNXReducing.reduced(x, Set(2..<x.rank), keeps: true, function)]
    }
  }

  static func slide(
    _ call: ONNXEvaluation, _ function: (_ plane: Int, _ position: [Int], ONNXWindow, [Int]) -> Double
  ) throws -> (ONNXArray, ONNXWindow) {
    let x = try call.input(0)
    guard x.rank > 2, let kernel = try call.integers("kernel_shape") else {
      throw call.invalid("says no kernel_shape for \(x.dimensions)")
    }
    let image = Array(x.dimensions[2...])
    let window = try ONNXWindow(
      call, kernel: kernel, image: image, roundsUp: call.integer("ceil_mode", 0) != 0)
    try call.limitWork(x.dimensions[0], x.dimensions[1], window.output.reduce(1, *), kernel.reduce(1, *))
    let (points, pixels) = (window.output.reduce(1, *), image.reduce(1, *))
    let result = try ONNXArray(x.dimensions[..<2] + window.output, x.element) { index in
      function(index / points * pixels, ONNXArray.position(index % points, window.output), window, image)
    }
    return (result, window)
  }

  private static func largest(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    var places: [Double] = []
    let byColumns = try call.integer("storage_order", 0) != 0
    let (values, _) = try slide(call) { plane, position, window, image in
      var (best, found) = (-Double.infinity, 0)
      window.places(position, image: image) { _, place in
        if let place, x[plane + place] > best { (best, found) = (x[plane + place], place) }
      }
      if byColumns {
        // Indices with the first axis varying fastest.
        var (moved, factor) = (0, 1)
        for (axis, at) in ONNXArray.position(found, image).enumerated() {
          moved += at * factor
          factor *= image[axis]
        }
        found = moved
      }
      places.append(Double(plane + found))
      return best
    }
    return [values, try ONNXArray(values.dimensions, .int64) { places[$0] }]
  }

  private static func average(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let counts = try call.integer("count_include_pad", 0) != 0
    return [
      try slide(call) { plane, position, window, image in
        var sum = 0.0
        window.places(position, image: image) { _, place in if let place { sum += x[plane + place] } }
        return sum / Double(max(count(position, window, image, withPadding: counts), 1))
      }.0
    ]
  }

  /// The number of places of a window that an average counts: those in the image, or also those in the padding.
  static func count(_ position: [Int], _ window: ONNXWindow, _ image: [Int], withPadding: Bool) -> Int {
    var count = 0
    window.places(position, image: image) { tap, place in
      guard withPadding else {
        count += place == nil ? 0 : 1
        return
      }
      let offsets = ONNXArray.position(tap, window.kernel)
      let inside = image.indices.allSatisfy {
        position[$0] * window.strides[$0] + offsets[$0] * window.dilations[$0] - window.before[$0]
          < image[$0] + window.after[$0]
      }
      count += inside ? 1 : 0
    }
    return count
  }

  private static func norm(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let p = Double(try call.integer("p", 2))
    return [
      try slide(call) { plane, position, window, image in
        var sum = 0.0
        window.places(position, image: image) { _, place in
          if let place { sum += pow(abs(x[plane + place]), p) }
        }
        return pow(sum, 1 / p)
      }.0
    ]
  }

  /// Puts maxima back to their original positions.
  private static func unpool(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, places) = (try call.input(0), try call.input(1))
    guard let kernel = try call.integers("kernel_shape"), kernel.count == x.rank - 2, places.count == x.count
    else {
      throw call.invalid("says no kernel_shape for \(x.dimensions)")
    }
    let strides = try call.integers("strides") ?? kernel.map { _ in 1 }
    let pads = try call.integers("pads") ?? Array(repeating: 0, count: 2 * kernel.count)
    guard strides.count == kernel.count, pads.count == 2 * kernel.count,
      (strides + pads + kernel).allSatisfy({ (0...1 << 16).contains($0) })
    else { throw call.invalid("its attributes are not of \(kernel.count) axes") }
    let natural = kernel.indices.map {
      (x.dimensions[$0 + 2] - 1) * strides[$0] + kernel[$0] - pads[$0] - pads[$0 + kernel.count]
    }
    let shape = x.dimensions[..<2] + natural
    let target = call.optional(2)?.integers ?? Array(shape)
    let result = try ONNXArray(target, x.element)
    // Indices refer to the natural shape; in a larger shape the coordinates stay the same.
    let source = Array(shape)
    guard target.count == source.count else { throw call.invalid("its shape has other dimensions") }
    let steps = ONNXArray.strides(target)
    for index in 0..<x.count {
      let place = Int(clamping: ONNXArray.Element.whole(places[index]))
      guard place >= 0, place < max(source.reduce(1, *), result.count) else {
        throw call.invalid("puts back at \(place)")
      }
      let position = ONNXArray.position(place, source)
      let at = zip(position, steps).reduce(0) { $0 + $1.0 * $1.1 }
      if (0..<result.count).contains(at) { result.numbers.pointer[at] = x[index] }
    }
    return [result]
  }
}
