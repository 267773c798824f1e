import Platform

/// Derivatives of pooling.
enum ONNXPoolingDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "MaxPool": largest, "AveragePool": average, "GlobalAveragePool": globalAverage,
    "GlobalMaxPool": globalLargest,
  ]

  /// Each maximum's gradient goes to its first place.
  private static func largest(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    guard try reverse.call.integer("storage_order", 0) == 0 else {
      throw reverse.call.unsupported("counts places by columns, which has no gradient")
    }
    let (x, places, dy) = (try reverse.call.input(0), try reverse.result(1), try reverse.gradient())
    let result = try ONNXArray.zeros(x.dimensions)
    for index in 0..<dy.count {
      result.numbers.pointer[min(max(Int(places[index]), 0), x.count - 1)] += dy[index]
    }
    return [result]
  }

  private static func average(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (call, dy) = (reverse.call, try reverse.gradient())
    let x = try call.input(0)
    let counts = try call.integer("count_include_pad", 0) != 0
    let result = try ONNXArray.zeros(x.dimensions)
    var index = 0
    _ = try ONNXPooling.slide(call) { plane, position, window, image in
      let share = dy[index] / Double(max(ONNXPooling.count(position, window, image, withPadding: counts), 1))
      index += 1
      window.places(position, image: image) { _, place in
        if let place { result.numbers.pointer[plane + place] += share }
      }
      return 0
    }
    return [result]
  }

  private static func globalAverage(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, dy) = (try reverse.call.input(0), try reverse.gradient())
    let pixels = x.dimensions.dropFirst(2).reduce(1, *)
    return [try .precise(x.dimensions) { dy[$0 / pixels] / Double(pixels) }]
  }

  private static func globalLargest(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, dy) = (try reverse.call.input(0), try reverse.gradient())
    let pixels = x.dimensions.dropFirst(2).reduce(1, *)
    let result = try ONNXArray.zeros(x.dimensions)
    for plane in 0..<dy.count where pixels > 0 {
      var best = plane * pixels
      for index in plane * pixels..<(plane + 1) * pixels where x[index] > x[best] { best = index }
      result.numbers.pointer[best] = dy[plane]
    }
    return [result]
  }
}
