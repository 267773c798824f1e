import Platform

/// The values of a network that incremental decoding keeps from run to run: those of which a later token reads the
/// lines of all earlier tokens, such as the keys and values of causal attention.
struct GrowingValues {
  /// The indices of the values that own the memory.
  let values: Set<Int>

  /// An operand of which a node reads the run's lines.
  struct Slot {
    let slot: UnsafeMutablePointer<Execution.InputSlot>
    /// The operand's first line.
    let start: UnsafeMutablePointer<Float>

    func move(to line: Int) { slot.pointee.value = start + line * slot.pointee.width }
  }

  /// - Throws: `unsupported` at a node whose earlier outputs would change with later tokens, such as attention that is
  ///   not causal.
  init(_ graph: Graph) throws {
    guard graph.sequences.count == 1 else {
      throw Failure.unsupported(
        graph.sequences.isEmpty
          ? "the network reads no texts, and only a text can be extended"
          : "the network reads the sequences \(graph.sequences.map(\.name).joined(separator: ", ")); a text can be "
            + "extended if it is the only one")
    }
    var values = Set<Int>()
    for node in graph.nodes {
      let operation = node.operation
      for (position, input) in node.inputs.enumerated() where graph[input].lines.axis != nil {
        switch operation.dependence(onOperand: position) {
        case .line: break
        case .textSoFar: values.insert(graph.storage(of: input).index)
        // The last token of the text is the last one of every run.
        case .text where operation.selectedToken == .last: break
        case .text, .batch:
          throw Failure.unsupported(
            "node \"\(node.name)\" (\(type(of: operation).kind)) reads later tokens of a text, so a text cannot be "
              + "extended without computing all of it again; causal attention and the last token can",
            at: node.name)
        }
      }
    }
    self.values = values
  }

  /// The operands that move with the text, after marking the nodes whose outputs do.
  func slots(_ graph: Graph, _ plans: inout [NodePlan]) -> [Slot] {
    var slots: [Slot] = []
    for (place, node) in graph.nodes.enumerated() {
      plans[place].grows = values.contains(graph.storage(of: node.output).index)
      for (position, input) in node.inputs.enumerated()
      where values.contains(graph.storage(of: input).index)
        && !isReadFromTheStart(node.operation.dependence(onOperand: position))
      {
        let slot = plans[place].slots + position
        slots.append(Slot(slot: slot, start: slot.pointee.value))
      }
    }
    return slots
  }

  private func isReadFromTheStart(_ dependence: Dependence) -> Bool {
    if case .textSoFar = dependence { true } else { false }
  }
}
