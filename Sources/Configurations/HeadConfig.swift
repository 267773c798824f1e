import Platform

/// New last layers of a network, for transfer to another task.
public struct HeadConfig: Configuration {
  public var hidden: [Int] = []
  public var dropout = 0.0

  public init() {}

  public static let summary =
    "A new head for the network, sized for the label: its last linear layer is replaced, or one is added."
  public static let fields: [ConfigField<HeadConfig>] = [
    ConfigField(
      "hidden", \.hidden, "The widths of hidden layers before the new output, each with a rectifier."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.99,
      "The rate of dropout before each new layer, in training."),
  ]

  public func validate(at pointer: String) throws {
    for (index, width) in hidden.enumerated() where !(1...65_536).contains(width) {
      throw Failure.invalidConfig(
        "\(width) is out of range; 1 to 65536 is accepted", at: "\(pointer)/hidden/\(index)")
    }
    guard hidden.count <= 64 else {
      throw Failure.invalidConfig(
        "\(hidden.count) layers are given; up to 64 are accepted", at: pointer + "/hidden")
    }
  }
}
