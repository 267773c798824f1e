import Platform

/// Derivatives of convolutions over any number of axes.
enum ONNXSlidingDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "Conv": convolution, "ConvTranspose": transposedConvolution,
  ]

  // x (rows, groups · channels, …), weight (outputs, channels, …), ∂y (rows, outputs, …)
  private static func convolution(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let call = reverse.call
    let (x, weight, dy) = (try call.input(0), try call.input(1), try reverse.gradient())
    let groups = try call.integer("group", 1)
    let image = Array(x.dimensions[2...])
    let window = try ONNXWindow(call, kernel: Array(weight.dimensions[2...]), image: image)
    let (outputs, channels) = (weight.dimensions[0], weight.dimensions[1])
    let (pixels, taps) = (image.reduce(1, *), window.kernel.reduce(1, *))
    let points = window.output.reduce(1, *)
    let dx = reverse.wants(0) ? try ONNXArray.zeros(x.dimensions) : nil
    let dw = reverse.wants(1) ? try ONNXArray.zeros(weight.dimensions) : nil
    for point in 0..<points {
      var seen: [(tap: Int, place: Int)] = []
      window.places(ONNXArray.position(point, window.output), image: image) { tap, place in
        if let place { seen.append((tap, place)) }
      }
      for line in 0..<x.dimensions[0] * outputs {
        let (row, output) = (line / outputs, line % outputs)
        let given = dy[line * points + point]
        let group = output / (outputs / groups)
        for channel in 0..<channels {
          let image = (row * channels * groups + group * channels + channel) * pixels
          let kernel = (output * channels + channel) * taps
          for (tap, place) in seen {
            dx?.numbers.pointer[image + place] += given * weight[kernel + tap]
            dw?.numbers.pointer[kernel + tap] += given * x[image + place]
          }
        }
      }
    }
    return [dx, dw, reverse.wants(2) ? try channelSums(dy, outputs, points) : nil]
  }

  /// The sums of an array (rows, channels, points) for each channel.
  private static func channelSums(_ dy: ONNXArray, _ channels: Int, _ points: Int) throws -> ONNXArray {
    let result = try ONNXArray.zeros([channels])
    for index in 0..<dy.count { result.numbers.pointer[index / points % channels] += dy[index] }
    return result
  }

  // x (rows, channels, …), weight (channels, outputs / groups, …), ∂y (rows, outputs, …): ∂x is the convolution of ∂y
  private static func transposedConvolution(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let call = reverse.call
    let (x, weight, dy) = (try call.input(0), try call.input(1), try reverse.gradient())
    let plan = try ONNXSliding.TransposedPlan(call, x, weight)
    let dx = reverse.wants(0) ? try ONNXArray.zeros(x.dimensions) : nil
    let dw = reverse.wants(1) ? try ONNXArray.zeros(weight.dimensions) : nil
    plan.visit { from, through, to in
      dx?.numbers.pointer[from] += dy[to] * weight[through]
      dw?.numbers.pointer[through] += dy[to] * x[from]
    }
    return [dx, dw, reverse.wants(2) ? try channelSums(dy, plan.outputs, plan.points) : nil]
  }
}
