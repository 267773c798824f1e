import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Residual networks from safetensors")
struct ResidualNetworkTests {
  static let resources =
    #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Resources"

  /// Resources/resnets.json: logits of PyTorch (transformers' ResNetForImageClassification, and for CIFAR the
  /// network's definition) for two images of sines.
  @Test(
    "Hugging Face's and torchvision's names give PyTorch's logits to 1e-4",
    arguments: ["resnet-basic", "resnet-bottleneck", "resnet20"])
  func logits(name: String) throws {
    let isCIFAR = name == "resnet20"
    if isCIFAR, !SharedData.isPresent { return }
    let path =
      isCIFAR
      ? SharedData.path("data/models/resnet20_cifar10/resnet20.safetensors") : "\(Self.resources)/\(name)"
    let image = isCIFAR ? [32, 32] : [40, 48]
    let model = try Model.load(
      path: path, options: LoadOptions(json: isCIFAR ? "{}" : #"{"image": [40, 48]}"#))
    if !isCIFAR { #expect(model.classLabels == ["cat", "dog", "owl"]) }
    let count = 3 * image[0] * image[1]
    let values = try Buffer<Float>(copying: (0..<2 * count).map { Float(sin(Double($0) * 0.37)) })
    let rows = try Dataset([Column(name: "image", values: .tensor(values, shape: [3] + image))])
    let found = try model.predict(rows, PredictOptions(json: #"{"output": "logit"}"#))
    let file = try MappedFile(path: Self.resources + "/resnets.json")
    let expected = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))[name]?.array ?? []
    #expect(expected.count == 2)
    for (row, line) in expected.enumerated() {
      for (index, logit) in (line.array ?? []).enumerated() {
        let column = try found.columns[index].numbers()
        #expect(abs(column.elements[row] - Float(logit.double ?? .nan)) < 1e-4)
      }
    }
  }
}
