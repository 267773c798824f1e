import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Transformer {
  /// Whether a network is a bare encoder, without a classifier's names.
  func isBare(_ graph: Graph) -> Bool { !graph.parameters.contains { $0.name.hasPrefix(prefix) } }

  func isHead(_ graph: Graph) -> Bool { !isBare(graph) }

  /// Whether the checkpoint's files have a tensor with this name in the network.
  func stores(_ name: String) -> Bool { weights.storedName(of: name, prefix: prefix) != nil }

  /// Whether the checkpoint's files have the tensor with the same values.
  func holds(_ tensor: Tensor) throws -> Bool {
    guard let name = weights.storedName(of: tensor.name, prefix: prefix) else { return false }
    let stored = try weights.stored(name)
    guard stored.count == tensor.count else { return false }
    let (known, values) = (try stored.values, try tensor.values)
    return known.pointer == values.pointer
      || memcmp(known.pointer, values.pointer, known.count * MemoryLayout<Float>.size) == 0
  }
}
