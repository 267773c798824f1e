import Platform

@testable import Engine

extension ReferenceCase {
  /// For each input of the graph, the numbers of all rows or tokens.
  var numbers: [[Float]] {
    let count = lengths.isEmpty ? rows : Int(lengths.reduce(0, +))
    return graph.inputs.map { id in
      let width = graph[id].shape.count
      var stream = RandomStream(seed: 7)
      return (0..<count * width).map { place in
        features?(place / width, place % width) ?? Float(stream.uniform() * 2 - 1)
      }
    }
  }

  /// The maximum sizes of a batch of all its rows.
  var capacity: Capacity {
    Capacity(rows: rows, tokens: Int(lengths.reduce(0, +)), longest: Int(lengths.max() ?? 0))
  }

  /// Writes some rows of `numbers` to the inputs of a run.
  func fill(_ numbers: [[Float]], _ range: Range<Int>, _ targets: [UnsafeMutablePointer<Float>]) {
    for ((input, id), target) in zip(zip(numbers, graph.inputs), targets) {
      let width = graph[id].shape.count
      let lines =
        lengths.isEmpty
        ? range
        : Int(lengths[..<range.lowerBound].reduce(0, +))..<Int(lengths[..<range.upperBound].reduce(0, +))
      for place in 0..<lines.count * width { target[place] = input[lines.lowerBound * width + place] }
    }
  }
}
