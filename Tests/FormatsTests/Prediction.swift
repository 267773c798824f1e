import Engine
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

let packageRoot = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
let sharedRoot = packageRoot + "/../shared"
let referenceRoot = packageRoot + "/Tests/Resources/reference/tabular/"
func resource(_ name: String) -> String { packageRoot + "/Tests/FormatsTests/Resources/" + name }

/// A separate path for each test case, because they run at the same time.
func temporaryPath(_ ending: String) -> String {
  "/tmp/equipoise-\(getpid())-\(UInt64.random(in: 0 ... .max)).\(ending)"
}

/// The graph's outputs for rows that contain all inputs.
func outputs(_ graph: Graph, _ rows: [[Float]]) throws -> [[Float]] {
  let width = graph.outputWidth
  var result = [[Float]](repeating: [], count: rows.count)
  try Predictor(graph).run(
    rows: rows.count, parallel: false,
    fill: { range, inputs in
      for (line, row) in range.enumerated() {
        var column = 0
        for (input, id) in zip(inputs, graph.inputs) {
          let count = graph[id].shape.count
          for j in 0..<count { input[line * count + j] = rows[row][column + j] }
          column += count
        }
      }
    },
    take: { range, values in
      for (line, row) in range.enumerated() {
        result[row] = (0..<width).map { values[line * width + $0] }
      }
    })
  return result
}

/// The file's predictions: the outputs with the link applied.
func predictions(_ network: Network, _ rows: [[Float]]) throws -> [[Float]] {
  try outputs(network.graph, rows).map { row in
    switch network.link {
    case .identity, .logits: return row
    case .sigmoid:
      let p = row.map { 1 / (1 + exp(-$0)) }
      return network.output.complementsOneLogit ? [1 - p[0], p[0]] : p
    case .softmax:
      let largest = row.max() ?? 0
      let powers = row.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { network.output.isLogarithm ? log($0 / sum) : $0 / sum }
    }
  }
}

func worstDifference(_ a: [[Float]], _ b: [[Float]]) -> Float {
  guard a.count == b.count, zip(a, b).allSatisfy({ $0.count == $1.count }) else { return .infinity }
  return zip(a.joined(), b.joined()).reduce(0) {
    max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1))
  }
}

func json(_ path: String) throws -> JSONValue {
  let file = try MappedFile(path: path)
  return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
}

func matrix(_ value: JSONValue?) -> [[Float]] {
  (value?.array ?? []).map { row in
    if let row = row.array { return row.map { Float($0.double ?? .nan) } }
    return [Float(row.double ?? .nan)]
  }
}
