import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Reductions over axes, cumulative sums, softmax and related functions.
enum ONNXReducing {
  static let table: [String: ONNXInterpreted.Function] = [
    "ReduceSum": reduce { $0.reduce(0, +) },
    "ReduceMean": reduce { $0.reduce(0, +) / Double($0.count) },
    "ReduceMax": reduce { $0.max() ?? -.infinity }, "ReduceMin": reduce { $0.min() ?? .infinity },
    "ReduceProd": reduce { $0.reduce(1, *) }, "ReduceL1": reduce { $0.reduce(0) { $0 + abs($1) } },
    "ReduceL2": reduce { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() },
    "ReduceSumSquare": reduce { $0.reduce(0) { $0 + $1 * $1 } },
    "ReduceLogSum": reduce { log($0.reduce(0, +)) },
    "ReduceLogSumExp": reduce { values in
      let largest = values.max() ?? 0
      guard largest.isFinite else { return largest }
      return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
    },
    "CumSum": runningSum,
    "Softmax": alongAxis { line in
      let largest = line.max() ?? 0
      let powers = line.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    },
    "LogSoftmax": alongAxis { line in
      let largest = line.max() ?? 0
      let sum = log(line.reduce(0) { $0 + exp($1 - largest) })
      return line.map { $0 - largest - sum }
    },
    "Hardmax": alongAxis { line in
      let best = line.indices.max { line[$0] < line[$1] || line[$0] == line[$1] && $0 > $1 }
      return line.indices.map { $0 == best ? 1 : 0 }
    },
  ]

  static func reduce(_ function: @escaping ([Double]) -> Double) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      let given = try call.integers(input: 1, attribute: "axes") ?? []
      if given.isEmpty, try call.integer("noop_with_empty_axes", 0) != 0 { return [x] }
      let axes = Set(given.isEmpty ? Array(0..<x.rank) : try given.map { try call.axis($0, rank: x.rank) })
      return [try reduced(x, axes, keeps: call.integer("keepdims", 1) != 0, function)]
    }
  }

  static func reduced(
    _ x: ONNXArray, _ axes: Set<Int>, keeps: Bool, _ function: ([Double]) -> Double
  ) throws -> ONNXArray {
    let (kept, gone) = ((0..<x.rank).filter { !axes.contains($0) }, axes.sorted())
    let moved = kept + gone == Array(0..<x.rank) ? x : try x.transposed(kept + gone)
    let length = gone.reduce(1) { $0 * x.dimensions[$1] }
    let shape =
      keeps
      ? (0..<x.rank).map { axes.contains($0) ? 1 : x.dimensions[$0] } : kept.map { x.dimensions[$0] }
    return try ONNXArray(shape, x.element) { index in
      function(Array(UnsafeBufferPointer(start: moved.numbers.pointer + index * length, count: length)))
    }
  }

  /// The lines of an array along an axis; before opset 13, all dimensions from the axis on were one line.
  struct Lines {
    let count: Int
    private let size: Int
    private let inner: Int

    init(_ call: ONNXEvaluation, _ x: ONNXArray) throws {
      let isOld = call.opset < 13
      let axis = try call.axis("axis", isOld ? 1 : -1, rank: max(x.rank, 1))
      let (outer, size, inner) = x.rank == 0 ? (1, 1, 1) : x.split(at: axis)
      (self.size, self.inner) = isOld ? (size * inner, 1) : (size, inner)
      count = isOld ? outer : outer * inner
    }

    /// The indices of a line's elements.
    func places(_ line: Int) -> [Int] {
      let start = line / inner * size * inner + line % inner
      return (0..<size).map { start + $0 * inner }
    }
  }

  private static func alongAxis(_ function: @escaping ([Double]) -> [Double]) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      let lines = try Lines(call, x)
      let result = try ONNXArray(x.dimensions, x.element)
      for line in 0..<lines.count {
        let places = lines.places(line)
        for (place, value) in zip(places, function(places.map { x[$0] })) {
          result.numbers.pointer[place] = x.element.rounded(value)
        }
      }
      return [result]
    }
  }

  private static func runningSum(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axis = try call.axis(call.input(1).integers.first ?? 0, rank: x.rank)
    let (outer, size, inner) = x.split(at: axis)
    let (exclusive, reverse) = (try call.integer("exclusive", 0) != 0, try call.integer("reverse", 0) != 0)
    let result = try ONNXArray(x.dimensions, x.element)
    for line in 0..<outer * inner {
      let start = line / inner * size * inner + line % inner
      var sum = 0.0
      for step in 0..<size {
        let place = start + (reverse ? size - 1 - step : step) * inner
        if !exclusive { sum += x[place] }
        result.numbers.pointer[place] = x.element.rounded(sum)
        if exclusive { sum += x[place] }
      }
    }
    return [result]
  }
}
