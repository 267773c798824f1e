import CZlib
import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("ONNX files of convolutional networks")
struct ConvolutionalONNXTests {
  static let isThere = access(sharedRoot + "/data/models/onnx_mnist/mnist.onnx", R_OK) == 0

  /// The bytes of a file after its IDX header.
  static func idx(_ name: String, header: Int, count: Int) throws -> [UInt8] {
    guard let file = gzopen(sharedRoot + "/data/mnist/" + name, "rb") else {
      throw Failure(.io, "no \(name)")
    }
    defer { gzclose(file) }
    var bytes = [UInt8](repeating: 0, count: header + count)
    guard gzread(file, &bytes, UInt32(bytes.count)) == bytes.count else {
      throw Failure(.io, "short \(name)")
    }
    return Array(bytes.dropFirst(header))
  }

  @Test(
    "Small residual and VGG networks give PyTorch's logits to the file's precision, also written again",
    arguments: ["resnet-small.onnx", "vgg-small.onnx"])
  func small(name: String) throws {
    let network = try ONNXReader.load(path: referenceRoot + name)
    let entry = try json(referenceRoot + "models.json")["models"]?[name]
    let flat = (entry?["image_4x1x28x28"]?.array ?? []).map { Float($0.double ?? .nan) }
    let rows = (0..<4).map { Array(flat[$0 * 784..<($0 + 1) * 784]) }
    let expected = matrix(entry?["logits"])
    #expect(expected.count == 4 && expected[0].count == 10)
    #expect(try worstDifference(predictions(network, rows), expected) < 2e-5)

    let path = temporaryPath("onnx")
    defer { unlink(path) }
    try ONNXWriter.write(network, to: path)
    let again = try ONNXReader.load(path: path)
    #expect(try worstDifference(predictions(again, rows), expected) < 2e-5)
    #expect(
      again.graph.nodes.map { type(of: $0.operation).kind }
        == network.graph.nodes.map { type(of: $0.operation).kind })
  }

  @Test(
    "CNTK's MNIST network is right on 9,891 of the 10,000 test images, as with onnxruntime",
    .enabled(if: isThere, "needs ../shared"))
  func digits() throws {
    let network = try ONNXReader.load(path: sharedRoot + "/data/models/onnx_mnist/mnist.onnx")
    let images = try Self.idx("t10k-images-idx3-ubyte.gz", header: 16, count: 7_840_000)
    let labels = try Self.idx("t10k-labels-idx1-ubyte.gz", header: 8, count: 10_000)
    var right = 0
    try Predictor(network.graph).run(
      rows: 10_000, parallel: false,
      fill: { range, inputs in
        for at in 0..<range.count * 784 { inputs[0][at] = Float(images[range.lowerBound * 784 + at]) }
      },
      take: { range, scores in
        for (line, row) in range.enumerated() {
          let best = (0..<10).max { scores[line * 10 + $0] < scores[line * 10 + $1] }
          if best == Int(labels[row]) { right += 1 }
        }
      })
    #expect(right == 9_891)
  }

  /// 52 convolutions, some with one channel per group; priors are computed by shape arithmetic.
  /// Resources/ultraface.json has every 93rd score and every 187th coordinate of onnxruntime 1.31 for this
  /// image.
  @Test(
    "A face detector's two outputs are onnxruntime's",
    .enabled(if: isThere, "needs ../shared"), arguments: ["scores", "boxes"])
  func faces(output: String) throws {
    let network = try ONNXReader.load(
      path: sharedRoot + "/data/models/ultraface_onnx/version-RFB-320.onnx", output: output)
    let count = 3 * 240 * 320
    let image = (0..<count).map { Float(sin(Double($0) * 0.37) + Double($0 % 320) / 320) }
    let found = try #require(predictions(network, [image]).first)
    let expected = try json(resource("ultraface.json"))[output]?.array ?? []
    #expect(expected.count > 90)
    for pair in expected {
      let index = try #require(pair.array?[0].int)
      #expect(abs(found[index] - Float(pair.array?[1].double ?? .nan)) < 1e-4)
    }
  }
}
