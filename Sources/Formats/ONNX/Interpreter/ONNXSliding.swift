import Engine
import Platform

/// Windows over any number of axes, with strides, dilations and padding; used by convolution and pooling.
struct ONNXWindow {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  /// The padding before each axis; the padding after it follows from `output`.
  var before: [Int]
  var after: [Int]
  var output: [Int] = []

  /// - Parameter image: the sizes of the axes over which the window moves.
  init(_ call: ONNXEvaluation, kernel: [Int], image: [Int], roundsUp: Bool = false) throws {
    let rank = image.count
    func sizes(_ name: String) throws -> [Int] {
      let values = try call.integers(name) ?? Array(repeating: 1, count: rank)
      guard values.count == rank, values.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw call.invalid("\(name) is \(values)")
      }
      return values
    }
    guard kernel.count == rank, (kernel + image).allSatisfy({ (1...1 << 24).contains($0) }) else {
      throw call.invalid("slides a kernel of \(kernel) over \(image)")
    }
    (self.kernel, strides, dilations) = (kernel, try sizes("strides"), try sizes("dilations"))
    let pads = try call.integers("pads") ?? Array(repeating: 0, count: 2 * rank)
    guard pads.count == 2 * rank, pads.allSatisfy({ (0...1 << 20).contains($0) }) else {
      throw call.invalid("pads is \(pads)")
    }
    (before, after) = (Array(pads[..<rank]), Array(pads[rank...]))
    let mode = try call.string("auto_pad", "NOTSET")
    for axis in 0..<rank {
      let span = (kernel[axis] - 1) * dilations[axis] + 1
      if mode.hasPrefix("SAME") {
        let count = (image[axis] + strides[axis] - 1) / strides[axis]
        let total = max((count - 1) * strides[axis] + span - image[axis], 0)
        before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        after[axis] = total - before[axis]
        output.append(count)
        continue
      }
      if mode == "VALID" { (before[axis], after[axis]) = (0, 0) }
      let room = image[axis] + before[axis] + after[axis] - span
      guard room >= 0 else { throw call.invalid("its window of \(span) is larger than \(image[axis])") }
      var count = room / strides[axis] + 1
      if roundsUp, room % strides[axis] != 0,
        count * strides[axis] < image[axis] + before[axis]
      {
        count += 1
      }
      output.append(count)
    }
  }

  /// Calls `body` with the image index of each element of the window at an output position; nil outside the
  /// image.
  func places(_ position: [Int], image: [Int], _ body: (_ tap: Int, _ place: Int?) -> Void) {
    for tap in 0..<kernel.reduce(1, *) {
      let offsets = ONNXArray.position(tap, kernel)
      var place: Int? = 0
      for axis in kernel.indices {
        let at = position[axis] * strides[axis] + offsets[axis] * dilations[axis] - before[axis]
        place = (0..<image[axis]).contains(at) ? place.map { $0 * image[axis] + at } : nil
      }
      body(tap, place)
    }
  }
}

/// Convolutions over any number of axes.
enum ONNXSliding {
  static let table: [String: ONNXInterpreted.Function] = [
    "Conv": convolution, "ConvTranspose": transposedConvolution,
  ]

  private static func convolution(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, weight) = (try call.input(0), try call.input(1))
    let groups = try call.integer("group", 1)
    guard x.rank > 2, weight.rank == x.rank, groups > 0, x.dimensions[1] == weight.dimensions[1] * groups,
      weight.dimensions[0] % groups == 0
    else { throw call.invalid("slides a kernel of \(weight.dimensions) over \(x.dimensions)") }
    let image = Array(x.dimensions[2...])
    let window = try ONNXWindow(call, kernel: Array(weight.dimensions[2...]), image: image)
    let (outputs, channels) = (weight.dimensions[0], weight.dimensions[1])
    let (pixels, taps) = (image.reduce(1, *), window.kernel.reduce(1, *))
    try call.limitWork(x.dimensions[0], weight.count, window.output.reduce(1, *))
    let bias = call.optional(2)
    let result = try ONNXArray([x.dimensions[0], outputs] + window.output, x.element)
    let points = window.output.reduce(1, *)
    for point in 0..<points {
      var seen: [(tap: Int, place: Int)] = []
      window.places(ONNXArray.position(point, window.output), image: image) { tap, place in
        if let place { seen.append((tap, place)) }
      }
      for line in 0..<x.dimensions[0] * outputs {
        let (row, output) = (line / outputs, line % outputs)
        let group = output / (outputs / groups)
        var sum = bias?[output] ?? 0
        for channel in 0..<channels {
          let image = (row * channels * groups + group * channels + channel) * pixels
          let kernel = (output * channels + channel) * taps
          for (tap, place) in seen { sum += x[image + place] * weight[kernel + tap] }
        }
        result.numbers.pointer[line * points + point] = x.element.rounded(sum)
      }
    }
    return [result]
  }

  private static func transposedConvolution(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, weight) = (try call.input(0), try call.input(1))
    let plan = try TransposedPlan(call, x, weight)
    let bias = call.optional(2)
    let result = try ONNXArray([x.dimensions[0], plan.outputs] + plan.shape, x.element) {
      bias?[$0 / plan.points % plan.outputs] ?? 0
    }
    plan.visit { from, through, to in result.numbers.pointer[to] += x[from] * weight[through] }
    return [result]
  }

  /// The sizes of a transposed convolution.
  struct TransposedPlan {
    let outputs: Int
    /// The sizes of the result's axes, without rows and channels.
    private(set) var shape: [Int] = []
    let points: Int
    private let rows: Int
    private let channels: Int
    private let groups: Int
    private let image: [Int]
    private let kernel: [Int]
    private let strides: [Int]
    private let dilations: [Int]
    private var before: [Int]

    init(_ call: ONNXEvaluation, _ x: ONNXArray, _ weight: ONNXArray) throws {
      groups = try call.integer("group", 1)
      guard x.rank > 2, weight.rank == x.rank, groups > 0, x.dimensions[1] == weight.dimensions[0],
        weight.dimensions[0] % groups == 0
      else { throw call.invalid("slides a kernel of \(weight.dimensions) over \(x.dimensions)") }
      (rows, channels, image) = (x.dimensions[0], x.dimensions[1], Array(x.dimensions[2...]))
      kernel = Array(weight.dimensions[2...])
      outputs = weight.dimensions[1] * groups
      let axes = x.rank - 2
      let ones = Array(repeating: 1, count: axes)
      (strides, dilations) = (try call.integers("strides") ?? ones, try call.integers("dilations") ?? ones)
      let extra = try call.integers("output_padding") ?? Array(repeating: 0, count: axes)
      let pads = try call.integers("pads") ?? Array(repeating: 0, count: 2 * axes)
      guard strides.count == axes, dilations.count == axes, extra.count == axes, pads.count == 2 * axes,
        (strides + dilations + extra + pads).allSatisfy({ (0...1 << 16).contains($0) })
      else { throw call.invalid("its attributes are not of \(axes) axes") }
      let mode = try call.string("auto_pad", "NOTSET")
      before = Array(pads[..<axes])
      let wanted = try call.integers("output_shape")
      for axis in 0..<axes {
        let full = (image[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 + extra[axis]
        var target = full - pads[axis] - pads[axis + axes]
        if let wanted, wanted.count >= axes {
          target = wanted[wanted.count - axes + axis]
        } else if mode.hasPrefix("SAME") {
          target = image[axis] * strides[axis]
        }
        if wanted != nil || mode.hasPrefix("SAME") {
          let cut = max(full - target, 0)
          before[axis] = mode == "SAME_UPPER" ? cut / 2 : cut - cut / 2
        }
        shape.append(target)
      }
      points = try Shape(shape).count
      try call.limitWork(x.count, weight.count / max(channels, 1))
    }

    /// Calls `body` with the indices of a number of the operand, the weight that multiplies it, and the number of the
    /// result to which the product is added, for all products.
    func visit(_ body: (_ from: Int, _ through: Int, _ to: Int) -> Void) {
      let (pixels, taps, perGroup) = (image.reduce(1, *), kernel.reduce(1, *), outputs / groups)
      for pixel in 0..<pixels {
        let position = ONNXArray.position(pixel, image)
        for tap in 0..<taps {
          let offsets = ONNXArray.position(tap, kernel)
          var place: Int? = 0
          for axis in image.indices {
            let at = position[axis] * strides[axis] + offsets[axis] * dilations[axis] - before[axis]
            place = (0..<shape[axis]).contains(at) ? place.map { $0 * shape[axis] + at } : nil
          }
          guard let place else { continue }
          for line in 0..<rows * channels {
            let (row, channel) = (line / channels, line % channels)
            let group = channel / (channels / groups)
            for output in 0..<perGroup {
              body(
                line * pixels + pixel, (channel * perGroup + output) * taps + tap,
                (row * outputs + group * perGroup + output) * points + place)
            }
          }
        }
      }
    }
  }
}
