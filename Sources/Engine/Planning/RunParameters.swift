import Platform

/// The parameters of a graph in the memory of a run. Those that an operator does not read in their own type are
/// widened to float32 here.
final class RunParameters: @unchecked Sendable {
  /// In the graph's order. An operator that reads another type than float32 reads the same address as numbers
  /// of that type.
  let pointers: [UnsafeMutablePointer<Float>]
  private let parameters: [Tensor]
  private let widened: [Buffer<Float>]

  /// - Parameter isPrepared: whether a run reads a node's prepared weights instead of the operands from which
  ///   they were made.
  init(_ graph: Graph, isPrepared: (Int) -> Bool = { _ in false }) throws {
    var needed = Set<Int>()
    for (place, node) in graph.nodes.enumerated() {
      for (position, input) in node.inputs.enumerated() {
        guard case .parameter(let index) = graph[graph.storage(of: input)].source,
          !node.operation.reads(graph.parameters[index].element, asOperand: position),
          !(isPrepared(place) && node.operation.preparedOperands.contains(position))
        else { continue }
        needed.insert(index)
      }
    }
    var widened: [Buffer<Float>] = []
    pointers = try graph.parameters.enumerated().map { index, tensor in
      switch tensor.storage {
      case .float32(let values): return values.pointer
      case _ where needed.contains(index):
        let values = try tensor.values
        tensor.releasePages()
        widened.append(values)
        return values.pointer
      case .bfloat16(let values), .float16(let values):
        return UnsafeMutableRawPointer(values.pointer).assumingMemoryBound(to: Float.self)
      case .int8(let values, _, _):
        return UnsafeMutableRawPointer(values.pointer).assumingMemoryBound(to: Float.self)
      }
    }
    parameters = graph.parameters
    self.widened = widened
  }
}
