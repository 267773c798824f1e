import Engine
import Platform
import Testing

/// Compares every method by which prediction computes a convolution with its definition: directly, by
/// Winograd's method, by one worker, and by two workers that share an image's lines or tiles, or the images.
@Suite("Convolutions in prediction")
struct ConvolutionPredictionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let image: [Int]
    let outputs: Int
    var kernel = [3, 3]
    var strides = [1, 1]
    var dilations = [1, 1]
    var padding = [1, 1, 1, 1]
    var groups = 1
    var testDescription: String { "\(image) to \(outputs), \(kernel) by \(strides), \(padding)" }
  }

  static let cases = [
    // By Winograd's method: whole tiles, tiles over the edge, no padding, different padding on each side.
    Case(image: [12, 16, 32], outputs: 32),
    Case(image: [14, 9, 48], outputs: 64),
    Case(image: [15, 15, 32], outputs: 80, padding: [0, 0, 0, 0]),
    Case(image: [11, 13, 64], outputs: 32, padding: [2, 0, 1, 3]),
    // Directly: images that are large enough to be shared by lines, and images that are too small.
    Case(image: [31, 30, 3], outputs: 64, kernel: [7, 7], strides: [2, 2], padding: [3, 3, 3, 3]),
    Case(image: [28, 28, 64], outputs: 64, strides: [2, 2], padding: [0, 1, 1, 0]),
    Case(image: [19, 17, 32], outputs: 32, dilations: [3, 1], padding: [3, 1, 3, 1]),
    Case(image: [24, 24, 64], outputs: 64, groups: 2),
    Case(image: [7, 7, 128], outputs: 128),
    Case(image: [5, 4, 8], outputs: 6),
    // The first lines see only zeros.
    Case(image: [20, 20, 64], outputs: 64, padding: [30, 1, 1, 1]),
  ]

  /// y[i, j, o] = b[o] + Σ x[i · stride + k · dilation − top, …, c] · W[o, c, k, l], of one image.
  private func defined(_ it: Case, _ x: [Float], _ w: [Float], _ b: [Float], _ shape: [Int]) -> [Float] {
    let (height, width, channels) = (it.image[0], it.image[1], it.image[2])
    let (inGroup, outGroup) = (channels / it.groups, it.outputs / it.groups)
    var y: [Float] = []
    for i in 0..<shape[0] {
      for j in 0..<shape[1] {
        for o in 0..<it.outputs {
          var sum = Double(b[o])
          for k in 0..<it.kernel[0] {
            let row = i * it.strides[0] + k * it.dilations[0] - it.padding[0]
            for l in 0..<it.kernel[1] {
              let column = j * it.strides[1] + l * it.dilations[1] - it.padding[1]
              guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
              for c in 0..<inGroup {
                let from = (row * width + column) * channels + o / outGroup * inGroup + c
                let weight = ((o * inGroup + c) * it.kernel[0] + k) * it.kernel[1] + l
                sum += Double(x[from]) * Double(w[weight])
              }
            }
          }
          y.append(Float(sum))
        }
      }
    }
    return y
  }

  @Test("are what the definition says, to 2e-5, for one image and several, shared or not", arguments: cases)
  func defined(it: Case) throws {
    var builder = GraphBuilder()
    let x = builder.input("x", try Shape(it.image))
    let perOutput = it.image[2] / it.groups * it.kernel[0] * it.kernel[1]
    // Outputs have a magnitude of about 1 for any number of summands.
    let weight = try randomTensor(
      "w", [it.outputs, it.image[2] / it.groups] + it.kernel, scale: 1 / Float(perOutput).squareRoot())
    let bias = try randomTensor("b", [it.outputs])
    let operation = Convolution(
      strides: it.strides, dilations: it.dilations, padding: it.padding, groups: it.groups)
    let output = try builder.apply(
      operation, to: [x, builder.parameter(weight), builder.parameter(bias)], name: "convolution")
    let graph = try builder.finish(output: output)
    let shape = graph[graph.output].shape.dimensions
    let count = it.image.reduce(1, *)
    var random = RandomStream(seed: 5)
    let images = (0..<3).map { _ in (0..<count).map { _ in Float(random.uniform() * 2 - 1) } }
    let (own, shift) = (try weight.values.array, try bias.values.array)
    let expected = images.map { defined(it, $0, own, shift, shape) }

    let predictor = try Predictor(graph)
    try predictor.withWorkspace { workspace in
      for rows in [1, 3] {
        for parts in [1, 2] {
          let features = Array(images.prefix(rows).joined())
          try workspace.forward(rows: rows, reading: features, sharedBy: parts)
          let found = UnsafeBufferPointer(start: workspace.output, count: rows * graph.outputWidth)
          let worst = zip(found, expected.prefix(rows).joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
          #expect(worst < 2e-5, "\(rows) images by \(parts)")
        }
      }
    }
  }
}
