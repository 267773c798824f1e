/// The places of the trained parameters in one array of all trained weights.
struct WeightSegments {
  struct Segment {
    /// The index of the parameter in the graph.
    let parameter: Int
    /// The index of its first value in the array.
    let offset: Int
    /// The number of its values.
    let count: Int
  }

  let all: [Segment]
  /// The number of floats of the array. Every tensor starts at a multiple of 16 floats, a cache line.
  let total: Int

  /// - Parameters:
  ///   - trainable: whether each parameter of the graph is to change.
  ///   - excluded: the parameters that training changes in another way, such as running statistics.
  init(_ graph: Graph, trainable: [Bool], excluding excluded: Set<Int>) {
    var all: [Segment] = []
    var total = 0
    for (index, tensor) in graph.parameters.enumerated()
    where trainable.indices.contains(index) && trainable[index] && !excluded.contains(index) {
      all.append(Segment(parameter: index, offset: total, count: tensor.count))
      total += (tensor.count + 15) & ~15
    }
    (self.all, self.total) = (all, total)
  }

  /// For each of `parameters` parameters of the graph, the index of its first value; nil if it is not trained.
  func offsets(parameters: Int) -> [Int?] {
    var offsets = [Int?](repeating: nil, count: parameters)
    for segment in all { offsets[segment.parameter] = segment.offset }
    return offsets
  }
}
