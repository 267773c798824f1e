import Engine
import Platform

// Writes attention to relative positions (DeBERTa).
extension ONNXGraphWriting {
  // Products of query i and key j, with r the table's row for the distance i − j:
  //   q_i · k_j + q_i · K_r + k_j · Q_r      (texts, heads, tokens, tokens)
  mutating func write(_ attention: DisentangledAttention, _ node: Graph.Node) throws {
    let output = declare(node)
    let parts = try writeHeads(node, attention.heads, output)
    var products = add("MatMul", [parts.query, parts.key], like: "\(output)_products")
    let size = graph[node.output].shape.count / attention.heads
    for (index, term) in attention.terms.enumerated() {
      let shape = add("Shape", [products], like: "\(output)_shape")
      let rows = add("Expand", [writeRows(of: attention.positions), shape], like: "\(output)_rows")
      let table = add(
        "Reshape", [try name(of: node.inputs[3 + index]), constant([0, attention.heads, size])],
        like: "\(output)_table")
      let order: [Int]
      let (factors, axis): ([String], Int)
      switch term {
      case .contentToPosition:
        // (texts, heads, tokens, size) · (heads, size, rows)
        order = [1, 2, 0]
        let keys = add("Transpose", [table], like: "\(output)_keys", [("perm", .integers(order))])
        (factors, axis) = ([parts.query, keys], 3)
      case .positionToContent:
        // (heads, rows, size) · (texts, heads, size, tokens)
        order = [1, 0, 2]
        let queries = add("Transpose", [table], like: "\(output)_queries", [("perm", .integers(order))])
        (factors, axis) = ([queries, parts.key], 2)
      }
      let all = add("MatMul", factors, like: "\(output)_by_row")
      let chosen = add(
        "GatherElements", [all, rows], like: "\(output)_of_distance", [("axis", .integer(axis))])
      products = add("Add", [products, chosen], like: "\(output)_sum")
    }
    writeSums(of: parts.value, products, scale: attention.scale, addedMask(), node, output)
  }

  /// The table's row for each query and key, integers (tokens, tokens); written once for all layers.
  private mutating func writeRows(of positions: RelativePositions) -> String {
    if let known = relativeRowNames[positions.rows] { return known }
    let places = writePlaces()
    let queries = add("Unsqueeze", [places, constant([1])], like: "place_of_queries")
    let keys = add("Unsqueeze", [places, constant([0])], like: "place_of_keys")
    let distance = add("Sub", [queries, keys], like: "distance")
    let furthest = positions.longest - 1
    let below = add("Min", [distance, constant(index: furthest)], like: "distance_below")
    let within = add("Max", [below, constant(index: -furthest)], like: "distance_within")
    let index = add("Add", [within, constant(index: furthest)], like: "index_of_distance")
    let rows = add("Gather", [constant(positions.rows.map { Int($0) }), index], like: "row_of_distance")
    relativeRowNames[positions.rows] = rows
    return rows
  }
}
