import Engine
import Platform

// Adapters whose change of a weight is a product of other matrices, and is added to the weight when it is read.
extension AdapterDirectory {
  /// The part of a tensor's name that follows the layer's.
  static let productMarks: [Kind: String] = [
    .hadamard: ".hada_", .kronecker: ".lokr_", .vectors: ".vera_lambda_",
  ]

  /// W' = W + ΔW in every layer of the adapter.
  func withProducts(_ graph: Graph, prefix: String) throws -> Graph {
    guard let mark = Self.productMarks[kind] else { return graph }
    var parameters = graph.parameters
    let keys = Set(file.entries.filter { $0.name.hasSubstring(mark) }.map { $0.name.prefix(upTo: mark) })
    guard !keys.isEmpty else { throw invalid("there is no adapter's matrix", at: path) }
    for key in keys.sorted() {
      let layer = Self.plainName(key)
      let name = try weight(of: layer, in: graph, prefix: prefix, for: key)
      guard let place = parameters.firstIndex(where: { $0.name == name }),
        let isInputMajor = graph.isInputMajor(name)
      else { throw invalid("\"\(key)\" is no linear layer", at: key) }
      let old = parameters[place]
      let (rows, columns) = (old.shape.dimensions[0], old.shape.dimensions[1])
      let (outputs, inputs) = isInputMajor ? (columns, rows) : (rows, columns)
      let change = try change(of: layer, key, outputs: outputs, inputs: inputs)
      guard change.rows == outputs, change.columns == inputs else {
        throw invalid(
          "the change of \"\(layer)\" is (\(change.rows), \(change.columns)), its weight (\(outputs), \(inputs))",
          at: key)
      }
      let values = try Buffer(copying: old.values.elements)
      for index in 0..<values.count {
        let (row, column) = (index / columns, index % columns)
        values.pointer[index] += Float(isInputMajor ? change[column, row] : change[row, column])
      }
      parameters[place] = try Tensor(name: old.name, shape: old.shape, values: values)
    }
    return try graph.replacing(parameters: parameters)
  }

  /// ΔW of a layer, (outputs, inputs).
  private func change(of layer: String, _ key: String, outputs: Int, inputs: Int) throws -> AdapterMatrix {
    switch kind {
    case .hadamard:
      // (W₁ₐ W₁ᵦ) ∘ (W₂ₐ W₂ᵦ) (Hyeon-Woo, Ye-Bin and Oh 2022).
      let (first, second) = (try product(key, "hada_w1"), try product(key, "hada_w2"))
      return try first.multiplied(second, by: scale(of: layer, rank: first.rank))
    case .kronecker:
      // W₁ ⊗ W₂, each of them whole or a product (Yeh et al. 2024).
      let (first, second) = (try product(key, "lokr_w1"), try product(key, "lokr_w2"))
      let rank = try [first.rank, second.rank].first { $0 > 0 } ?? Int(number("r", 1...65_536, 8))
      return try first.kronecker(second, by: scale(of: layer, rank: rank))
    default:
      // diag(b) B diag(d) A, where A and B are shared by all layers, which read as much of them as they need (Kopiczko,
      // Blankevoort and Asano 2024).
      guard file.contains("base_model.vera_A"), file.contains("base_model.vera_B") else {
        throw Failure.unsupported(
          "\(path): the adapter's shared matrices are not in the file; save_projection=true keeps them",
          at: key)
      }
      let (a, b) = (try matrix("base_model.vera_A"), try matrix("base_model.vera_B"))
      let (ofInner, ofOutputs) = (
        try file.tensor(key + ".vera_lambda_d").values.array,
        try file.tensor(key + ".vera_lambda_b").values.array
      )
      guard ofInner.count == a.rows, b.columns == a.rows, ofOutputs.count == outputs, b.rows >= outputs,
        a.columns >= inputs
      else { throw invalid("the vectors of \"\(layer)\" do not fit the shared matrices", at: key) }
      let left = AdapterMatrix(outputs, a.rows) { Double(ofOutputs[$0]) * b[$0, $1] }
      guard let change = left.product(AdapterMatrix(a.rows, inputs) { Double(ofInner[$0]) * a[$0, $1] })
      else {
        throw invalid("the shared matrices do not fit each other", at: key)
      }
      return change
    }
  }

  /// The matrix `name`, or the product of `name`_a and `name`_b.
  private func product(_ key: String, _ name: String) throws -> AdapterMatrix {
    let whole = "\(key).\(name)"
    if file.contains(whole) { return try matrix(whole) }
    guard file.contains(whole + "_a"), file.contains(whole + "_b"), !file.contains("\(key).lokr_t2"),
      !file.contains("\(key).hada_t1")
    else { throw invalid("\"\(key)\" has no \(name) of a linear layer", at: key) }
    let (a, b) = (try matrix(whole + "_a"), try matrix(whole + "_b"))
    guard var result = a.product(b) else { throw invalid("the matrices of \"\(whole)\" do not fit", at: key) }
    result.rank = b.rows
    return result
  }

  private func matrix(_ name: String) throws -> AdapterMatrix {
    let tensor = try file.tensor(name)
    guard tensor.shape.dimensions.count == 2 else {
      throw invalid("\"\(name)\" is \(tensor.shape), where a matrix is needed", at: name)
    }
    let (columns, values) = (tensor.shape.dimensions[1], try tensor.values.array)
    return AdapterMatrix(tensor.shape.dimensions[0], columns) { Double(values[$0 * columns + $1]) }
  }

  private func scale(of layer: String, rank: Int) throws -> Double {
    Double(try alpha(of: layer, rank: rank, named: "alpha")) / Double(max(rank, 1))
  }
}

/// A small matrix in float64.
private struct AdapterMatrix {
  let rows: Int
  let columns: Int
  private var numbers: [Double]
  /// The inner dimension of the product that it is; 0 for none.
  var rank = 0

  init(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Double) {
    (self.rows, self.columns) = (rows, columns)
    numbers = []
    numbers.reserveCapacity(rows * columns)
    for row in 0..<rows { for column in 0..<columns { numbers.append(value(row, column)) } }
  }

  subscript(row: Int, column: Int) -> Double { numbers[row * columns + column] }

  /// nil if the sizes do not fit.
  func product(_ other: AdapterMatrix) -> AdapterMatrix? {
    guard columns == other.rows else { return nil }
    return AdapterMatrix(rows, other.columns) { row, column in
      (0..<columns).reduce(0) { $0 + self[row, $1] * other[$1, column] }
    }
  }

  /// The product element by element; a matrix of another size has no elements there.
  func multiplied(_ other: AdapterMatrix, by factor: Double) -> AdapterMatrix {
    AdapterMatrix(min(rows, other.rows), min(columns, other.columns)) {
      factor * self[$0, $1] * other[$0, $1]
    }
  }

  func kronecker(_ other: AdapterMatrix, by factor: Double) -> AdapterMatrix {
    AdapterMatrix(rows * other.rows, columns * other.columns) { row, column in
      factor * self[row / other.rows, column / other.columns]
        * other[row % other.rows, column % other.columns]
    }
  }
}
