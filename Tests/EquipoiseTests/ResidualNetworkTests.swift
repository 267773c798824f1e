import Datasets
import Equipoise
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Convolutional networks from safetensors")
struct ResidualNetworkTests {
  static let resources =
    #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Resources"

  /// Resources/resnets.json: logits of PyTorch (transformers' ResNetForImageClassification, and for CIFAR the
  /// network's definition; VGG networks of three convolutions in torchvision's layout) for two images of sines. The
  /// image of vgg-norm is what its first linear layer takes.
  @Test(
    "Hugging Face's and torchvision's names give PyTorch's logits to 1e-4",
    arguments: [
      "resnet-basic", "resnet-bottleneck", "vgg-plain.safetensors", "vgg-norm.safetensors",
    ] + (SharedData.isPresent ? ["resnet20"] : []))
  func logits(name: String) throws {
    let isCIFAR = name == "resnet20"
    let path =
      isCIFAR
      ? SharedData.path("data/models/resnet20_cifar10/resnet20.safetensors") : "\(Self.resources)/\(name)"
    let image = isCIFAR ? [32, 32] : name.hasPrefix("vgg-norm") ? [16, 16] : [40, 48]
    let model = try Model.load(
      path: path, options: LoadOptions(json: image == [40, 48] ? #"{"image": [40, 48]}"# : "{}"))
    if name.hasPrefix("resnet-") { #expect(model.classLabels == ["cat", "dog", "owl"]) }
    let count = 3 * image[0] * image[1]
    let values = try Buffer<Float>(copying: (0..<2 * count).map { Float(sin(Double($0) * 0.37)) })
    let rows = try Dataset([Column(name: "image", values: .tensor(values, shape: [3] + image))])
    let found = try model.predict(rows, PredictOptions(json: #"{"output": "logit"}"#))
    let file = try MappedFile(path: Self.resources + "/resnets.json")
    let expected =
      try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))[
        name.replacing(".safetensors", with: "")]?.array ?? []
    #expect(expected.count == 2)
    for (row, line) in expected.enumerated() {
      for (index, logit) in (line.array ?? []).enumerated() {
        let column = try found.columns[index].numbers()
        #expect(abs(column.elements[row] - Float(logit.double ?? .nan)) < 1e-4)
      }
    }
  }

  @Test("A VGG network of images that its linear layers do not fit, or with a tensor missing, is refused")
  func misfits() throws {
    let path = Self.resources + "/vgg-norm.safetensors"
    let size = #expect(throws: Failure.self) {
      try Model.load(path: path, options: LoadOptions(json: #"{"image": [24, 24]}"#))
    }
    #expect(size?.kind == .unsupported && size?.location == "/image")
    var tensors = try Safetensors(path: path).tensors()
    tensors["features.1.running_var"] = nil
    let missing = #expect(throws: Failure.self) { try VGGNetwork.network(tensors) }
    #expect(missing?.kind == .invalidModel && missing?.location == "features.1.running_var")
  }
}
