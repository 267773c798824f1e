import Engine
import Platform

/// Writes a support vector machine as LIBSVM's model file.
public enum LIBSVMWriter {
  /// - Throws: `io`; `unsupported` for a network that is not such a machine, perhaps with Platt's scaling.
  public static func write(_ network: Network, to path: String) throws {
    let text = try text(network)
    try AtomicFile.write(text, to: path)
  }

  static func text(_ network: Network) throws -> String {
    let graph = network.graph
    func parameter(_ node: Graph.Node, _ index: Int) -> [Float]? {
      guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
      else { return nil }
      return graph.parameters[place].values.array
    }
    let functions = graph.nodes.dropFirst().map { ($0.operation as? Arithmetic)?.function }
    guard let node = graph.nodes.first, let machine = node.operation as? KernelMachine,
      node.inputs.first == graph.inputs.first, let coefficients = parameter(node, 1),
      let intercept = parameter(node, 2)?.first, functions.isEmpty || functions == [.multiply, .add],
      let name = LIBSVMReader.kernels.first(where: { $0.kernel == machine.kernel })?.name
    else {
      throw Failure.unsupported(
        "LIBSVM's format cannot hold this model: it is not a support vector machine alone; \"onnx\" and the library's own "
          + "format can")
    }
    let type = network.metadata.first { $0.key == LIBSVMReader.key }?.value
    let isRegression = functions.isEmpty
    var text =
      "svm_type \(isRegression ? (type == "nu_svr" ? "nu_svr" : "epsilon_svr") : type == "nu_svc" ? "nu_svc" : "c_svc")\n"
    text += "kernel_type \(name)\n"
    if machine.kernel == .polynomial { text += "degree \(Int(exactly: machine.degree.rounded()) ?? 3)\n" }
    if machine.kernel != .linear { text += "gamma \(machine.gamma)\n" }
    if machine.kernel == .polynomial || machine.kernel == .sigmoid { text += "coef0 \(machine.constant)\n" }
    text += "nr_class 2\ntotal_sv \(machine.count)\nrho \(-intercept)\n"
    if !isRegression {
      let (scaled, shifted) = (graph.nodes[1], graph.nodes[2])
      guard let a = parameter(scaled, 1)?.first, let b = parameter(shifted, 1)?.first,
        let labels = network.classLabels, labels.count == 2, labels.allSatisfy({ Int($0) != nil })
      else { throw Failure.unsupported("LIBSVM's format needs two classes that are whole numbers") }
      // Without probabilities a positive f is the first label.
      let isTurned = network.link != .sigmoid && a > 0
      text += "label \((isTurned ? labels.reversed() : labels).joined(separator: " "))\n"
      if network.link == .sigmoid { text += "probA \(a)\nprobB \(b)\n" }
      // The first label's vectors come first; which they are does not change the decision function.
      text += "nr_sv \(machine.count) 0\n"
    }
    text += "SV\n"
    let vectors = machine.vectors.array
    for vector in 0..<machine.count {
      text += "\(coefficients[vector])"
      for feature in 0..<machine.features {
        let value = vectors[feature * machine.count + vector]
        // Zeros are left out, but for one that tells how many features there are.
        let tellsCount = vector == 0 && feature == machine.features - 1
        if value != 0 || tellsCount { text += " \(feature + 1):\(value)" }
      }
      text += " \n"
    }
    return text
  }
}
