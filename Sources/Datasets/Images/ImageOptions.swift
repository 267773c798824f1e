import Platform

/// How images are converted to numbers; the options follow PyTorch and Keras.
public struct ImageOptions: Configuration {
  public var size: [Int] = []
  public var resize: Int?
  public var crop: [Int] = []
  public var channels: Int?
  public var scale = 1.0 / 255
  public var mean: [Double] = []
  public var deviation: [Double] = []
  public var column: String?

  public init() {}

  public static let summary =
    "How images become a column \"image\" of (channels, height, width): resized, cropped, scaled, normalized."
  public static let fields: [ConfigField<ImageOptions>] = [
    ConfigField(
      "size", \.size,
      "The height and width to which every image is resized, without keeping its proportions."),
    ConfigField(
      "resize", \.resize, in: 1...16_384,
      "The length to which the shorter side of every image is resized; null for no resizing."),
    ConfigField("crop", \.crop, "The height and width of the centre crop after resizing."),
    ConfigField(
      "channels", \.channels, in: 1...3,
      "The number of channels: 1 for gray, 3 for red, green and blue. Default: 3; 1 for IDX files."
    ),
    ConfigField("scale", \.scale, in: 1e-9...1e9, "The factor of pixels, which are from 0 to 255."),
    ConfigField("mean", \.mean, "The numbers subtracted from the scaled pixels, one for each channel."),
    ConfigField("std", \.deviation, "The numbers by which they are then divided, one for each channel."),
    ConfigField(
      "column", \.column,
      "The column of a table that names image files in the table's folder. The table of a folder of "
        + "images has \"file_name\"."),
  ]

  public func validate(at pointer: String) throws {
    for (name, pair) in [("size", size), ("crop", crop)] where !pair.isEmpty {
      guard pair.count == 2, pair.allSatisfy((1...16_384).contains) else {
        throw Failure.invalidConfig(
          "height and width are accepted, 1 to 16384 each", at: "\(pointer)/\(name)")
      }
    }
    guard size.isEmpty || resize == nil else {
      throw Failure.invalidConfig(
        "\"size\" and \"resize\" are given; one is accepted", at: "\(pointer)/resize")
    }
    guard channels != 2 else { throw Failure.invalidConfig("1 or 3 is accepted", at: "\(pointer)/channels") }
    for (name, list) in [("mean", mean), ("std", deviation)] {
      guard list.count <= 3, list.allSatisfy({ $0.isFinite && (name == "mean" || $0 > 0) }) else {
        throw Failure.invalidConfig("a number for each channel is accepted", at: "\(pointer)/\(name)")
      }
    }
  }
}
