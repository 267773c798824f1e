import Engine
import Platform

/// Residual networks (He et al. 2016) from safetensors, recognized by the names of their tensors:
/// torchvision's ("conv1", "layer1.0.conv1", "downsample", "fc" or "linear") and Hugging Face's
/// ("resnet.embedder", "resnet.encoder.stages.0.layers.0"). Everything except strides and padding follows
/// from the shapes.
public struct ResidualNetwork {
  private let tensors: [String: Tensor]
  private var builder = GraphBuilder()

  /// The maximum number of stages, of layers in a stage, and of convolutions in a layer.
  private static let most = 1 << 10

  /// - Parameters:
  ///   - config: Hugging Face's config.json; nil for torchvision's names.
  ///   - image: height and width of the images; nil: 32 for a network that starts with a 3 × 3 convolution
  ///     (CIFAR), otherwise 224.
  /// - Throws: `invalidModel` for missing tensors or wrong shapes; `unsupported` for other networks.
  public static func network(
    _ tensors: [String: Tensor], config: JSONValue?, image: [Int]? = nil
  ) throws -> Network {
    var building = ResidualNetwork(tensors: tensors)
    return try building.build(config, image: image)
  }

  private init(tensors: [String: Tensor]) { self.tensors = tensors }

  private mutating func build(_ config: JSONValue?, image: [Int]?) throws -> Network {
    let isHuggingFace = tensors["resnet.embedder.embedder.convolution.weight"] != nil
    if isHuggingFace, let activation = config?["hidden_act"]?.string, activation != "relu" {
      throw Failure.unsupported(
        "the activation \"\(activation)\" is not supported; relu is", at: "hidden_act")
    }
    let first = isHuggingFace ? "resnet.embedder.embedder.convolution.weight" : "conv1.weight"
    guard let stem = tensors[first]?.shape.dimensions, stem.count == 4 else {
      throw Failure.unsupported(
        "these are not the tensors of a residual network: \"\(first)\" is missing", at: first)
    }
    let isSmall = stem[2] < 7
    let size = image ?? (isSmall ? [32, 32] : [224, 224])
    let input = builder.input("image", try Shape([stem[1]] + size))
    var value = try builder.apply(Transpose([1, 2, 0]), to: [input], name: "image_last")
    if isHuggingFace {
      value = try convolution("resnet.embedder.embedder", value, stride: isSmall ? 1 : 2)
    } else {
      value = try convolution("conv1", norm: "bn1", value, stride: isSmall ? 1 : 2)
    }
    value = try relu(value, "stem")
    if !isSmall {
      value = try builder.apply(
        Pooling(.maximum, kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]), to: [value], name: "pooled"
      )
    }
    value = isHuggingFace ? try stages(config, value) : try layers(value)
    value = try builder.apply(Reduction(.mean, axes: 0..<2, keepsAxes: false), to: [value], name: "mean")
    let head = isHuggingFace ? "classifier.1" : tensors["fc.weight"] == nil ? "linear" : "fc"
    let weights = [try parameter("\(head).weight"), try parameter("\(head).bias")]
    value = try builder.apply(Linear(), to: [value] + weights, name: "logits")
    let labels = Self.labels(config, count: builder.shape(of: value).count)
    return Network(
      graph: try builder.finish(output: value), link: .logits, output: Network.Output(name: "logits"),
      classLabels: labels)
  }

  /// Hugging Face: stages of layers, each with a shortcut and a list of convolutions.
  private mutating func stages(_ config: JSONValue?, _ start: Graph.ValueID) throws -> Graph.ValueID {
    let isLateStride = config?["downsample_in_bottleneck"]?.bool != true
    let shrinksFirst = config?["downsample_in_first_stage"]?.bool == true
    var value = start
    for stage in 0..<Self.most {
      for layer in 0..<Self.most {
        let prefix = "resnet.encoder.stages.\(stage).layers.\(layer)"
        let count = (0..<4).prefix { tensors["\(prefix).layer.\($0).convolution.weight"] != nil }.count
        guard count > 0 else { break }
        let stride = layer == 0 && (stage > 0 || shrinksFirst) ? 2 : 1
        var branch = value
        // A bottleneck has its stride in the middle convolution, or in the first one if the configuration
        // says so.
        let shrinking = count == 3 && isLateStride ? 1 : 0
        for part in 0..<count {
          branch = try convolution("\(prefix).layer.\(part)", branch, stride: part == shrinking ? stride : 1)
          if part < count - 1 { branch = try relu(branch, "\(prefix).\(part)") }
        }
        var shortcut = value
        if tensors["\(prefix).shortcut.convolution.weight"] != nil {
          shortcut = try convolution("\(prefix).shortcut", value, stride: stride)
        }
        value = try joined(branch, shortcut, prefix)
      }
      guard tensors["resnet.encoder.stages.\(stage + 1).layers.0.layer.0.convolution.weight"] != nil else {
        break
      }
    }
    return value
  }

  /// torchvision: layer1, layer2, …; the shortcut is "downsample", or without one the image is subsampled and
  /// zero channels are added (He et al. 2016, option A).
  private mutating func layers(_ start: Graph.ValueID) throws -> Graph.ValueID {
    var value = start
    for stage in 1..<Self.most {
      for layer in 0..<Self.most {
        let prefix = "layer\(stage).\(layer)"
        let count = (1...3).prefix { tensors["\(prefix).conv\($0).weight"] != nil }.count
        guard count > 0 else { break }
        let stride = layer == 0 && stage > 1 ? 2 : 1
        var branch = value
        for part in 1...count {
          // torchvision has the stride in the 3 × 3 convolution of a bottleneck.
          let shrinks = part == (count == 3 ? 2 : 1)
          branch = try convolution(
            "\(prefix).conv\(part)", norm: "\(prefix).bn\(part)", branch, stride: shrinks ? stride : 1)
          if part < count { branch = try relu(branch, "\(prefix).\(part)") }
        }
        value = try joined(branch, shortcut(prefix, value, stride: stride, to: branch), prefix)
      }
      guard tensors["layer\(stage + 1).0.conv1.weight"] != nil else { break }
    }
    return value
  }

  private mutating func shortcut(
    _ prefix: String, _ value: Graph.ValueID, stride: Int, to branch: Graph.ValueID
  ) throws -> Graph.ValueID {
    for name in ["downsample", "shortcut"] where tensors["\(prefix).\(name).0.weight"] != nil {
      return try convolution("\(prefix).\(name).0", norm: "\(prefix).\(name).1", value, stride: stride)
    }
    var (result, own) = (value, builder.shape(of: value).dimensions)
    let wanted = builder.shape(of: branch).dimensions
    if stride > 1 {
      for axis in 0..<2 {
        let places = stride == 1 ? [] : Array(Swift.stride(from: 0, to: own[axis], by: stride))
        result = try builder.apply(
          Resampling(axis: axis, places: places.map { Int32(clamping: $0) }), to: [result],
          name: "\(prefix).thinned\(axis)")
      }
      own = builder.shape(of: result).dimensions
    }
    let more = wanted[2] - own[2]
    guard more > 0 else { return result }
    let places = (0..<wanted[2]).map { channel in
      channel < more / 2 || channel >= more / 2 + own[2] ? -1 : Int32(clamping: channel - more / 2)
    }
    return try builder.apply(Resampling(axis: 2, places: places), to: [result], name: "\(prefix).widened")
  }

  private mutating func joined(
    _ branch: Graph.ValueID, _ shortcut: Graph.ValueID, _ name: String
  ) throws -> Graph.ValueID {
    let sum = try builder.apply(Arithmetic(.add), to: [branch, shortcut], name: "\(name).sum")
    return try relu(sum, name)
  }

  private mutating func relu(_ value: Graph.ValueID, _ name: String) throws -> Graph.ValueID {
    try builder.apply(Activation(.relu), to: [value], name: "\(name).relu")
  }

  private mutating func parameter(_ name: String) throws -> Graph.ValueID {
    try builder.parameter(named: name, of: tensors)
  }

  /// A convolution that keeps the image's size except for the stride, and its normalization.
  private mutating func convolution(
    _ name: String, norm: String? = nil, _ value: Graph.ValueID, stride: Int
  ) throws -> Graph.ValueID {
    let (weight, norm) = (
      norm == nil ? "\(name).convolution.weight" : "\(name).weight", norm ?? "\(name).normalization"
    )
    guard let kernel = tensors[weight]?.shape.dimensions, kernel.count == 4 else {
      throw Failure.invalidModel("the tensor \"\(weight)\" is missing or not a kernel", at: weight)
    }
    let channels = builder.shape(of: value).last
    guard kernel[1] > 0, channels % kernel[1] == 0 else {
      throw Failure.invalidModel("the kernel \"\(weight)\" does not fit \(channels) channels", at: weight)
    }
    let (down, across) = (kernel[2] / 2, kernel[3] / 2)
    let result = try builder.apply(
      Convolution(
        strides: [stride, stride], padding: [down, across, down, across], groups: channels / kernel[1]),
      to: [value, parameter(weight)], name: name)
    let parts = try ["weight", "bias", "running_mean", "running_var"].map { try parameter("\(norm).\($0)") }
    return try builder.apply(BatchNorm(channelsLast: true), to: [result] + parts, name: norm)
  }

  private static func labels(_ config: JSONValue?, count: Int) -> [String]? {
    guard let members = config?["id2label"]?.members, members.count == count else { return nil }
    let pairs = members.compactMap { member in Int(member.key).map { ($0, member.value.string ?? "") } }
    guard Set(pairs.map(\.0)) == Set(0..<count) else { return nil }
    return pairs.sorted { $0.0 < $1.0 }.map(\.1)
  }
}
