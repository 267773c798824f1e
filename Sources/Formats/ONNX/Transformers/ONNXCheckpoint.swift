import Engine
import Platform

/// A transformer's checkpoint in a file of this library: the weights are the initializers, with their names in the
/// checkpoint, and the metadata has `config.json`. A digest of the operators and of `config.json` says that one
/// describes the other; a file whose operators another tool has changed is read by what they compute instead.
enum ONNXCheckpoint {
  static let key = "equipoise_checkpoint"
  // The numbers of the format's fields.
  private static let (graph, node): (UInt64, UInt64) = (7, 1)

  /// The entry of the metadata for a graph with these nodes.
  static func metadata(_ config: JSONValue, _ nodes: [ProtobufMessage]) throws -> (
    key: String, value: String
  ) {
    let digest = Digest()
    for node in nodes {
      digest.update("\(node.count) ")
      try node.write { digest.update($0) }
    }
    digest.update(config.text())
    let recorded: JSONValue = ["config": config, "digest": .string(digest.finish())]
    return (key, recorded.text())
  }

  /// The checkpoint in a file; nil: the file has none, or its operators are others.
  ///
  /// - Parameters:
  ///   - bytes: those of the file.
  ///   - path: its path, for messages.
  ///   - files: the files of its folder.
  /// - Throws: `invalidModel` for damaged metadata.
  static func transformer(
    _ file: ONNXFile, _ bytes: UnsafeRawBufferPointer, named path: String, among files: FileSet
  ) throws -> Transformer? {
    guard let entry = file.metadata.first(where: { $0.key == key }) else { return nil }
    let recorded = try JSONValue.parse(entry.value, failing: .invalidModel)
    guard let config = recorded["config"], let expected = recorded["digest"]?.string else {
      throw Failure.invalidModel("its \(key) has no config or no digest", at: path)
    }
    let digest = Digest()
    for field in try ProtobufWire.fields(bytes, 0..<bytes.count) where field.number == graph {
      guard let content = field.content else { continue }
      for node in try ProtobufWire.fields(bytes, content) where node.number == Self.node {
        guard let content = node.content else { continue }
        digest.update("\(content.count) ")
        digest.update(UnsafeRawBufferPointer(rebasing: bytes[content]))
      }
    }
    digest.update(config.text())
    guard digest.finish() == expected else { return nil }
    let tensors = try file.initializers.compactMap { name, tensor in
      try tensor.stored().map { try Tensor(name: name, shape: Shape(tensor.dimensions), storage: $0) }
    }
    return try Transformer(
      config: TransformerConfig(config, path: path),
      weights: TransformerWeights(tensors: tensors, path: path), files: files)
  }
}
