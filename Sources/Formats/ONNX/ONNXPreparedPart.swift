/// A file divided before its model: the preparation of columns, which the engine cannot express and the interpreter runs,
/// and the model, which the engine computes and tunes.
struct ONNXPreparedPart {
  /// The value that the model reads.
  let value: String
  /// The file that ends with the value.
  let preparation: ONNXFile
  /// The file that begins with it: without the node that gives the value.
  let model: ONNXFile

  private static let models: Set<String> = [
    "ai.onnx.ml.LinearClassifier", "ai.onnx.ml.LinearRegressor", "ai.onnx.ml.TreeEnsembleClassifier",
    "ai.onnx.ml.TreeEnsembleRegressor", "ai.onnx.ml.TreeEnsemble", "ai.onnx.ml.SVMClassifier",
    "ai.onnx.ml.SVMRegressor",
  ]

  /// - Returns: nil for a file without a single model behind such a preparation.
  init?(_ file: ONNXFile, scores: String) {
    var producers: [String: Int] = [:]
    for (index, node) in file.nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    func ancestors(_ name: String) -> Set<Int> {
      var found = Set<Int>()
      var waiting = [name]
      while let next = waiting.popLast() {
        if let index = producers[next], found.insert(index).inserted { waiting += file.nodes[index].needs }
      }
      return found
    }
    let all = ancestors(scores)
    var heads = all.filter { Self.models.contains(file.nodes[$0].kind) }
    // The parts of networks of other tools are layers, which are trained.
    if heads.isEmpty, ONNXProducer.of(file).preparesColumns {
      // The first product with weights, as of a perceptron.
      let products = all.filter { index in
        let node = file.nodes[index]
        return ["Gemm", "MatMul"].contains(node.kind) && node.inputs.count > 1
          && file.initializers[node.inputs[1]] != nil
      }
      heads = products.filter { index in
        products.isDisjoint(with: ancestors(file.nodes[index].inputs[0]))
      }
    }
    guard heads.count == 1, let head = heads.first, let value = file.nodes[head].inputs.first,
      let last = producers[value]
    else { return nil }
    let before = ancestors(value)
    guard heads.isDisjoint(with: before), file.nodes[last].outputs.filter({ !$0.isEmpty }).count == 1 else {
      return nil
    }
    self.value = value
    var (preparation, model) = (file, file)
    preparation.outputs = [ONNXFile.Port(name: value, element: 1, dimensions: nil)]
    model.nodes.remove(at: last)
    (self.preparation, self.model) = (preparation, model)
  }
}
