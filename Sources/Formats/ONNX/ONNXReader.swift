import Engine
import Platform

/// Reads networks, classical models and transformers from ONNX files (operator sets 7 to 25).
public enum ONNXReader {
  /// What a file holds.
  public enum Content {
    case network(Network)
    /// A transformer, with what the file's writer noted beside its graph.
    case transformer(Transformer, metadata: [(key: String, value: String)])
  }

  /// - Throws: `io` when the file cannot be read; `invalidModel` at `path:offset` or at a node's name
  ///   when it is broken; `unsupported` with operator, node and operator set for what cannot be
  ///   expressed.
  ///
  /// - Parameter output: the output with the scores, where the file has several; nil: there is one, or
  ///   one whose name says that it holds probabilities.
  /// - Parameter followsLinks: whether weights in other files may lie outside the model's folder by a link.
  public static func open(path: String, output: String? = nil, followsLinks: Bool = false) throws -> Content {
    let (files, name) = FileSet.beside(path)
    return try open(files, name, output: output, followsLinks: followsLinks)
  }

  /// The same of a file among others, which may hold its weights and its tokenizer.
  public static func open(
    _ files: FileSet, _ name: String, output: String? = nil, followsLinks: Bool = false
  ) throws -> Content {
    let file = try files.open(name)
    return try withExtendedLifetime(file) {
      try read(bytes: file.bytes, named: file.path, among: files, output: output) { location, offset, count in
        // A model may name files beside itself, and none elsewhere.
        guard !location.hasPrefix("/"), !location.split(separator: "/").contains("..") else {
          throw Failure.invalidModel(
            "weights are to be read from \"\(location)\", outside the model's directory")
        }
        guard followsLinks || files.holds(location, beside: name) else {
          throw Failure.invalidModel(
            "weights are to be read from \"\(location)\", a link to outside the model's directory; \"follow_links\" "
              + "allows it")
        }
        let weights = try files.open(location)
        let count = count ?? 0
        guard offset <= weights.bytes.count, count <= weights.bytes.count - offset else {
          throw Failure.invalidModel(
            "bytes \(offset) to \(offset + count) are wanted of a file of \(weights.bytes.count)",
            at: "\(location):\(offset)")
        }
        return (UnsafeRawBufferPointer(rebasing: weights.bytes[offset..<(offset + count)]), weights)
      }
    }
  }

  /// As above, of a file that holds a network and no transformer.
  public static func load(path: String, output: String? = nil) throws -> Network {
    try network(open(path: path, output: output), path)
  }

  /// - Parameter named: the path or another name, for messages.
  public static func read(
    bytes: UnsafeRawBufferPointer, named name: String, output: String? = nil
  ) throws -> Network {
    try network(content(bytes: bytes, named: name, output: output), name)
  }

  /// - Parameter named: the path or another name, for messages.
  public static func content(
    bytes: UnsafeRawBufferPointer, named name: String, output: String? = nil
  ) throws -> Content {
    try read(bytes: bytes, named: name, among: FileSet.beside(name).files, output: output) { location, _, _ in
      throw Failure.unsupported("weights lie in another file, \"\(location)\"; load the model by its path")
    }
  }

  private static func network(_ content: Content, _ name: String) throws -> Network {
    guard case .network(let network) = content else {
      throw Failure.unsupported("\(name) holds a transformer, which reads texts", at: name)
    }
    return network
  }

  private static func read(
    bytes: UnsafeRawBufferPointer, named name: String, among files: FileSet, output wanted: String?,
    external: @escaping (String, Int, Int?) throws -> (UnsafeRawBufferPointer, AnyObject)
  ) throws -> Content {
    var file = try ONNXFile(bytes, named: name, tensors: ONNXTensorDecoder(external: external))
    try file.beginBehindEncoders(named: name)
    guard ONNXTransformer.isOne(file) else { return .network(try network(file, name, wanted)) }
    do {
      return .transformer(
        try ONNXTransformer(file, output: wanted).transformer(named: name, among: files),
        metadata: file.metadata)
    } catch let failure as Failure where failure.kind == .unsupported {
      // One that takes texts of one length may be read as any other network.
      if let network = try? network(file, name, wanted) { return .network(network) }
      throw Failure.unsupported("\(name): \(failure.message)", at: failure.location)
    }
  }

  private static func network(_ file: ONNXFile, _ name: String, _ wanted: String?) throws -> Network {
    let (scores, label) = try chooseOutputs(file, name, wanted)
    do {
      return try network(file, name, scores, label)
    } catch let failure as Failure where failure.kind == .unsupported {
      // What is wrong with the file for the engine is said if it cannot be interpreted either.
      guard let network = try? interpreted(file, name, scores, label, because: failure.message) else {
        throw failure
      }
      return network
    }
  }

  /// The file as one node that is interpreted: it predicts and can be audited.
  private static func interpreted(
    _ file: ONNXFile, _ name: String, _ scores: ONNXFile.Port, _ label: ONNXFile.Port?, because reason: String
  ) throws -> Network {
    let importer = ONNXImport(file, named: name)
    let inputs = try importer.declareInputs()
    var builder = importer.builder
    var output = try builder.apply(
      Interpretation(file, output: scores.name, because: reason), to: builder.graph.inputs, name: scores.name)
    // The logarithms of probabilities are logits for a softmax.
    let shape = builder.graph[output].shape
    // Votes are scores, whatever the file calls them.
    let votes = file.nodes.first { $0.kind == "ai.onnx.ml.SVMClassifier" }
    let areProbabilities =
      label != nil && votes == nil && scores.name.lowercased().hasSubstring("prob")
      && shape.dimensions.count == 1
      && shape.count > 1
    if areProbabilities {
      let least = builder.parameter(try Tensor(name: "least", dimensions: [1], values: [1e-30]))
      output = try builder.apply(Arithmetic(.maximum), to: [output, least], name: "probabilities")
      output = try builder.apply(Unary(.logarithm), to: [output], name: "log_probabilities")
    }
    if let votes, label != nil {
      importer.classLabels = try ONNXSupportVectors.labels(
        ONNXEvaluation(node: votes, inputs: [], opset: file.opset))
    }
    let classes =
      areProbabilities || votes != nil ? classLabels(importer, count: shape.count) : nil
    return Network(
      graph: try builder.finish(output: output),
      link: areProbabilities ? .softmax : classes == nil ? .identity : .logits, inputs: inputs,
      output: Network.Output(name: scores.name, label: label?.name), classLabels: classes,
      metadata: file.metadata,
      producer: file.producer, opset: file.opset)
  }

  private static func network(
    _ file: ONNXFile, _ name: String, _ scores: ONNXFile.Port, _ label: ONNXFile.Port?
  ) throws -> Network {
    let importer = ONNXImport(file, named: name)
    let inputs = try importer.declareInputs()
    let last = try importer.output(scores.name)
    // The builder's graph as it stands, to be looked at; `rebuild` makes the one that is kept.
    let whole = try importer.builder.finish(output: last)
    let patterns = ONNXPatterns(whole)
    let found = ONNXLink(patterns: patterns).find(
      last,
      // What this library wrote is plain from its last operator.
      areProbabilities: label != nil && file.producer != ONNXWriter.producer
        && scores.name.lowercased().hasSubstring("prob"))
    var rebuilding = ONNXRebuilding(patterns: patterns)
    let graph = try rebuilding.rebuild(found)
    let labels = classLabels(importer, count: found.complementsOneLogit ? 2 : graph.outputWidth)
    var link = found.link
    if link == .identity, label != nil || labels != nil { link = .logits }
    var output = Network.Output(
      name: scores.name, label: label?.name, complementsOneLogit: found.complementsOneLogit,
      isLogarithm: found.isLogarithm)
    output.labelFollows = label != nil && file.outputs.first?.name == scores.name
    return Network(
      graph: graph, link: link, inputs: inputs, output: output,
      classLabels: labels, labelsAreIntegers: label.map { $0.element != 8 } ?? true,
      fixedParameters: fixedParameters(graph, weights: importer.weights), metadata: file.metadata,
      producer: file.producer, opset: file.opset)
  }

  /// The output with the scores, and the one with the label that classical models give besides.
  private static func chooseOutputs(
    _ file: ONNXFile, _ name: String, _ wanted: String?
  ) throws -> (scores: ONNXFile.Port, label: ONNXFile.Port?) {
    if let wanted {
      guard let port = file.outputs.first(where: { $0.name == wanted }) else {
        throw Failure.unsupported(
          "\(name): there is no output \"\(wanted)\"\(Suggestion.phrase(for: wanted, among: file.outputs.map(\.name)))",
          at: "/output_name")
      }
      return (port, nil)
    }
    // 6 to 9 are whole numbers, text and booleans; 0 is a list of maps.
    let labels = file.outputs.filter { [6, 7, 8, 9].contains($0.element) }
    var scores = file.outputs.filter { ![6, 7, 8, 9].contains($0.element) }
    if scores.count > 1 {
      let probable = scores.filter { $0.name.lowercased().hasSubstring("prob") }
      if probable.count == 1 { scores = probable }
    }
    guard scores.count == 1, let first = scores.first else {
      let names = file.outputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw Failure.unsupported(
        "\(name): one output of scores or values is supported; the file has \(names.isEmpty ? "none" : names); "
          + "\"output_name\" chooses one"
      )
    }
    return (first, labels.first)
  }

  /// The classes, where the file lists as many as there are probabilities.
  private static func classLabels(_ importer: ONNXImport, count: Int) -> [String]? {
    // One score is a decision between two.
    let count = max(count, 2)
    // A label is looked up in a list of classes by the place of the largest score.
    let file = importer.file
    for node in file.nodes where ["ai.onnx.ml.ArrayFeatureExtractor", "Gather"].contains(node.kind) {
      guard node.inputs.count == 2, let classes = file.initializers[node.inputs[0]], classes.count == count,
        file.nodes.contains(where: { $0.kind == "ArgMax" && $0.outputs.first == node.inputs[1] })
      else { continue }
      if let names = classes.strings { return names }
      if let numbers = classes.integers { return numbers.map { String($0) } }
    }
    return importer.classLabels.flatMap { $0.count == count ? $0 : nil }
  }

  /// Parameters that do not come from the file's weights, single numbers of its formulas, and what
  /// scales the inputs before the first layer.
  private static func fixedParameters(_ graph: Graph, weights: Set<String>) -> Set<String> {
    var fixed = Set(graph.parameters.map(\.name)).subtracting(weights)
    // Places of values that are the inputs themselves, scaled, cut or joined.
    var scaled = Set(graph.inputs.map(\.index))
    func isScaled(_ id: Graph.ValueID) -> Bool { scaled.contains(graph.storage(of: id).index) }
    for node in graph.nodes {
      let rows = node.inputs.filter { graph[$0].hasRows }
      if node.operation is Columns || node.operation is Concatenation || node.operation is Arithmetic,
        rows.allSatisfy(isScaled)
      {
        scaled.insert(node.output.index)
      }
      guard node.operation is Arithmetic else { continue }
      for input in node.inputs {
        guard case .parameter(let index) = graph[input].source else { continue }
        if graph.parameters[index].values.count == 1 || isScaled(node.output) {
          fixed.insert(graph.parameters[index].name)
        }
      }
    }
    return fixed
  }
}
