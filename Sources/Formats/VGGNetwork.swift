import Engine
import Platform

/// VGG networks (Simonyan and Zisserman 2015) from safetensors with torchvision's names: "features.0.weight"
/// (a 3 × 3 convolution), optionally "features.1.running_mean" (its normalization), … "classifier.0.weight",
/// … Rectifiers and poolings have no tensors; they are derived from the unused numbers.
public struct VGGNetwork {
  private let tensors: [String: Tensor]
  private var builder = GraphBuilder()

  /// Whether the tensors have the names of such a network.
  public static func isOne(_ tensors: [String: Tensor]) -> Bool { tensors["features.0.weight"] != nil }

  /// - Parameter image: height and width; nil: those of a square that fits the first linear layer.
  /// - Throws: `invalidModel` for missing tensors or wrong shapes; `unsupported` for other networks.
  public static func network(_ tensors: [String: Tensor], image: [Int]? = nil) throws -> Network {
    var building = VGGNetwork(tensors: tensors)
    return try building.build(image)
  }

  private init(tensors: [String: Tensor]) { self.tensors = tensors }

  /// The indices of layers whose weights have this number of dimensions, in order.
  private func places(_ part: String, dimensions: Int) -> [Int] {
    (0..<1 << 10).filter { tensors["\(part).\($0).weight"]?.shape.dimensions.count == dimensions }
  }

  private mutating func build(_ image: [Int]?) throws -> Network {
    let (convolutions, layers) = (places("features", dimensions: 4), places("classifier", dimensions: 2))
    guard let first = tensors["features.0.weight"]?.shape.dimensions, first.count == 4,
      let last = convolutions.last,
      let outputs = tensors["features.\(last).weight"]?.shape.dimensions[0], outputs > 0,
      let start = layers.first, let inputs = tensors["classifier.\(start).weight"]?.shape.dimensions[1]
    else {
      throw Failure.unsupported(
        "these are not the tensors of a VGG network: convolutions \"features.0.weight\", … and linear layers "
          + "\"classifier.0.weight\", … are needed", at: "features.0.weight")
    }
    // Each convolution is followed by its normalization and a rectifier; if one more number is unused, also
    // by a pooling.
    let follows = zip(convolutions, convolutions.dropFirst()).map { $1 - $0 }
    let isPooled =
      zip(convolutions, follows).map { place, next in next > (isNormalized(place) ? 3 : 2) } + [true]
    let halvings = isPooled.filter { $0 }.count
    var side = 1
    while side * side * outputs < inputs { side += 1 }
    guard halvings < 16 else { throw Failure.unsupported("its images are halved \(halvings) times") }
    let size = image ?? [side << halvings, side << halvings]

    let input = builder.input("image", try Shape([first[1]] + size))
    var value = try builder.apply(Transpose([1, 2, 0]), to: [input], name: "image_last")
    for (place, isPooled) in zip(convolutions, isPooled) {
      value = try convolution(place, value)
      guard isPooled else { continue }
      value = try builder.apply(
        Pooling(.maximum, kernel: [2, 2], strides: [2, 2]), to: [value], name: "features.\(place).pooled")
    }
    let shape = builder.shape(of: value)
    guard shape.count == inputs else {
      throw Failure.unsupported(
        "images of \(size[0]) × \(size[1]) come to \(shape.count) numbers where \"classifier.\(start).weight\" takes "
          + "\(inputs); \"image\" gives height and width", at: "/image")
    }
    value = try builder.apply(Transpose([2, 0, 1]), to: [value], name: "channels_first")
    value = try builder.reshape(value, to: Shape(width: inputs), name: "flat")
    for place in layers {
      let name = "classifier.\(place)"
      value = try builder.apply(
        Linear(), to: [value, parameter("\(name).weight"), parameter("\(name).bias")], name: name)
      if place != layers.last { value = try relu(value, name) }
    }
    return Network(
      graph: try builder.finish(output: value), link: .logits, output: Network.Output(name: "logits"))
  }

  private func isNormalized(_ place: Int) -> Bool { tensors["features.\(place + 1).running_mean"] != nil }

  private mutating func convolution(_ place: Int, _ x: Graph.ValueID) throws -> Graph.ValueID {
    let name = "features.\(place)"
    guard tensors["\(name).weight"]?.shape.dimensions.suffix(2) == [3, 3] else {
      throw Failure.unsupported("the kernel \"\(name).weight\" is not one of 3 × 3", at: "\(name).weight")
    }
    var operands = [x, try parameter("\(name).weight")]
    if tensors["\(name).bias"] != nil { operands.append(try parameter("\(name).bias")) }
    var value = try builder.apply(Convolution(padding: [1, 1, 1, 1]), to: operands, name: name)
    if isNormalized(place) {
      let norm = "features.\(place + 1)"
      let parts = try ["weight", "bias", "running_mean", "running_var"].map { try parameter("\(norm).\($0)") }
      value = try builder.apply(BatchNorm(channelsLast: true), to: [value] + parts, name: norm)
    }
    return try relu(value, name)
  }

  private mutating func relu(_ value: Graph.ValueID, _ name: String) throws -> Graph.ValueID {
    try builder.apply(Activation(.relu), to: [value], name: "\(name).relu")
  }

  private mutating func parameter(_ name: String) throws -> Graph.ValueID {
    try builder.parameter(named: name, of: tensors)
  }
}
