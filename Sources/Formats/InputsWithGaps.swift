import Engine

extension Network {
  /// The places of a row's numbers that may be missing: those of inputs that only operators read which know what to do
  /// with a missing number.
  public var placesThatMayMiss: Set<Int> {
    if interpretationTakesMissing { return Set(0..<graph.inputWidth) }
    // Values that are an input's numbers, moved and joined, and the inputs that they come from.
    var origins: [Int: Set<Int>] = [:]
    for input in graph.inputs { origins[input.index] = [input.index] }
    func origin(_ id: Graph.ValueID) -> Set<Int> { origins[graph.storage(of: id).index] ?? [] }
    var refused = origin(graph.output)
    for node in graph.nodes {
      let own = node.inputs.reduce(into: Set<Int>()) { $0.formUnion(origin($1)) }
      guard !own.isEmpty else { continue }
      switch node.operation {
      case is Concatenation, is Columns, is Resampling, is Transpose: origins[node.output.index] = own
      case let other where other.acceptsMissing: continue
      default: refused.formUnion(own)
      }
    }
    if let output = origins[graph.storage(of: graph.output).index] { refused.formUnion(output) }
    var places = Set<Int>()
    var first = 0
    for input in graph.inputs {
      let width = graph[input].shape.count
      if !refused.contains(input.index) { places.formUnion(first..<first + width) }
      first += width
    }
    return places
  }
}
