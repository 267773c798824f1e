import Engine
import Platform

/// Writes a support vector machine in LIBSVM's model format.
public enum LIBSVMWriter {
  /// - Throws: `io`; `unsupported` for a network that is not such a machine, optionally with Platt's scaling.
  public static func write(_ network: Network, to path: String) throws {
    let (sink, name) = DirectorySink.nextTo(path)
    try write(network, as: name, to: sink)
  }

  /// The same to any destination.
  public static func write(_ network: Network, as name: String, to sink: any FileSink) throws {
    let text = try text(network)
    try sink.write(name, text)
  }

  static func text(_ network: Network) throws -> String {
    let graph = network.graph
    func parameter(_ node: Graph.Node, _ index: Int) -> [Float]? {
      guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
      else { return nil }
      return try? graph.parameters[place].values.array
    }
    let isCoupled = graph.nodes.last?.operation is PairwiseCoupling
    let functions = graph.nodes.dropFirst().dropLast(isCoupled ? 1 : 0).map {
      ($0.operation as? Arithmetic)?.function
    }
    guard let node = graph.nodes.first, let machine = node.operation as? KernelMachine,
      node.inputs.first == graph.inputs.first, let coefficients = parameter(node, 1),
      let intercepts = parameter(node, 2), functions.isEmpty && !isCoupled || functions == [.multiply, .add],
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
    let classes = isCoupled ? machine.classCounts.count : 2
    func list(_ values: [Float]) -> String { values.map(\.description).joined(separator: " ") }
    text += "nr_class \(classes)\ntotal_sv \(machine.count)\nrho \(list(intercepts.map { -$0 }))\n"
    if !isRegression {
      let (scaled, shifted) = (graph.nodes[1], graph.nodes[2])
      guard let a = parameter(scaled, 1), let b = parameter(shifted, 1), a.count == intercepts.count,
        b.count == intercepts.count, let labels = network.classLabels, labels.count == classes,
        labels.allSatisfy({ Int($0) != nil })
      else { throw Failure.unsupported("LIBSVM's format needs classes that are whole numbers") }
      // Without probabilities, a positive f means the first label.
      let isTurned = !isCoupled && network.link != .sigmoid && (a.first ?? 0) > 0
      text += "label \((isTurned ? labels.reversed() : labels).joined(separator: " "))\n"
      if isCoupled {
        text += "probA \(list(a.map { -$0 }))\nprobB \(list(b.map { -$0 }))\n"
      } else if network.link == .sigmoid {
        text += "probA \(list(a))\nprobB \(list(b))\n"
      }
      // The vectors of the first label come first; with two classes, the assignment does not affect the
      // decision function.
      let counts = isCoupled ? machine.classCounts : [machine.count, 0]
      text += "nr_sv \(counts.map(\.description).joined(separator: " "))\n"
    }
    text += "SV\n"
    let vectors = machine.vectors.array
    for vector in 0..<machine.count {
      text += list((0..<coefficients.count / machine.count).map { coefficients[$0 * machine.count + vector] })
      for feature in 0..<machine.features {
        let value = vectors[feature * machine.count + vector]
        // Zeros are omitted, except for one that shows the number of features.
        let tellsCount = vector == 0 && feature == machine.features - 1
        if value != 0 || tellsCount { text += " \(feature + 1):\(value)" }
      }
      text += " \n"
    }
    return text
  }
}
