import Configurations
import Engine
import Platform

/// Random changes of the training images, drawn anew for every row and step.
struct Augmentation {
  /// The share of images that are mirrored.
  let flip: Double
  private let lines: Int
  private let width: Int

  /// - Throws: `invalidConfig` for a network whose input is not an image of shape (channels, height, width).
  init?(_ config: AugmentConfig, _ graph: Graph) throws {
    guard config.flip > 0 else { return nil }
    guard graph.inputs.count == 1, let shape = graph.inputs.first.map({ graph[$0].shape.dimensions }),
      shape.count == 3
    else {
      throw Failure.invalidConfig(
        "the network's input is not an image of (channels, height, width)", at: "/train/augment/flip")
    }
    flip = config.flip
    lines = shape[0] * shape[1]
    width = shape[2]
  }

  /// - Parameter values: images (rows, lines, width); the first image is row `firstRow` of the batch.
  func apply(to values: UnsafeMutablePointer<Float>, rows: Int, firstRow: Int, seed: UInt64) {
    for row in 0..<rows {
      var random = RandomStream(seed: seed &+ UInt64(firstRow + row), purpose: "flip")
      guard random.uniform() < flip else { continue }
      for line in 0..<lines {
        let start = values + (row * lines + line) * width
        for column in 0..<width / 2 {
          (start[column], start[width - 1 - column]) = (start[width - 1 - column], start[column])
        }
      }
    }
  }
}
