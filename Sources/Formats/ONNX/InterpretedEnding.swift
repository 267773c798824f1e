import Engine

/// The conversion of scores to probabilities at the end of an interpreted file, which the library computes itself so that
/// a loss sees the scores.
struct InterpretedEnding {
  let link: Network.Link
  /// The file without the conversion.
  private(set) var file: ONNXFile

  /// Operators behind a sigmoid that only change the shape.
  private static let reshaping: Set<String> = [
    "Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Cast",
  ]

  /// - Returns: nil for a file that ends with no such conversion.
  init?(_ file: ONNXFile, output: String) {
    self.file = file
    guard file.outputs.contains(where: { $0.name == output }) else { return nil }
    var name = output
    var isBehindOthers = false
    while let index = file.nodes.firstIndex(where: { $0.outputs.first == name }) {
      let node = file.nodes[index]
      guard let input = node.inputs.first else { return nil }
      switch node.kind {
      case "Sigmoid": link = .sigmoid
      case "Softmax" where !isBehindOthers && Self.isOverLastOfTwo(node, file, output): link = .softmax
      case let kind where Self.reshaping.contains(kind):
        (name, isBehindOthers) = (input, true)
        continue
      default: return nil
      }
      // The value must have no other reader.
      guard file.nodes.filter({ $0.needs.contains(name) }).count <= 1,
        name == output || !file.outputs.contains(where: { $0.name == name })
      else { return nil }
      self.file.nodes[index] = ONNXNode(
        name: node.name, kind: "Identity", inputs: node.inputs, outputs: node.outputs, attributes: [:])
      return
    }
    return nil
  }

  /// Whether a softmax is over the last axis of a matrix.
  private static func isOverLastOfTwo(_ node: ONNXNode, _ file: ONNXFile, _ output: String) -> Bool {
    let rank = file.outputs.first { $0.name == output }?.dimensions?.count
    guard case .integer(let axis)? = node.attributes["axis"] ?? .integer(file.opset < 13 ? 1 : -1) else {
      return false
    }
    return rank == 2 && (axis == -1 || axis == 1)
  }
}
