import Engine
import Platform

/// Reads networks, classical models and transformers from ONNX files (operator sets 7 to 25).
public enum ONNXReader {
  /// The content of a file.
  public enum Content {
    case network(Network)
    /// A transformer, and the metadata of the file.
    case transformer(Transformer, metadata: [(key: String, value: String)])
  }

  /// - Throws: `io` if the file cannot be read; `invalidModel` at `path:offset` or at a node's name if it is
  ///   damaged; `unsupported` with operator, node and operator set for unsupported features.
  ///
  /// - Parameter output: the output with the scores, if the file has several; nil: the only output, or one
  ///   whose name says that it has probabilities.
  /// - Parameter followsLinks: whether symbolic links to weights outside the model's folder are followed.
  public static func open(path: String, output: String? = nil, followsLinks: Bool = false) throws -> Content {
    let (files, name) = FileSet.nextTo(path)
    return try open(files, name, output: output, followsLinks: followsLinks)
  }

  /// The same for a file in a set, which may also have its weights and its tokenizer.
  public static func open(
    _ files: FileSet, _ name: String, output: String? = nil, followsLinks: Bool = false
  ) throws -> Content {
    let file = try files.open(name)
    return try withExtendedLifetime(file) {
      try read(bytes: file.bytes, named: file.path, among: files, output: output) { location, offset, count in
        // External data must be in the model's folder.
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
            "bytes \(offset) to \(offset + count) are needed from a file of \(weights.bytes.count)",
            at: "\(location):\(offset)")
        }
        return (UnsafeRawBufferPointer(rebasing: weights.bytes[offset..<(offset + count)]), weights)
      }
    }
  }

  /// The same for a file with a network that is not a transformer.
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
    try read(bytes: bytes, named: name, among: FileSet.nextTo(name).files, output: output) { location, _, _ in
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
    let others = OtherFiles()
    var file = try ONNXFile(
      bytes, named: name,
      tensors: ONNXTensorDecoder(external: { location, offset, count in
        others.areRead = true
        return try external(location, offset, count)
      }))
    try file.beginBeforeDecision(named: name)
    try file.beginBehindEncoders(named: name)
    guard ONNXTransformer.isOne(file) else {
      try file.beginBehindWords(named: name)
      var network = try network(file, name, wanted)
      if network.needsItsFile {
        network.original =
          others.areRead
          ? try ONNXRevision.withAllWeights(bytes, file)
          : try Buffer(copying: bytes.bindMemory(to: UInt8.self))
      }
      return .network(network)
    }
    if let transformer = try ONNXCheckpoint.transformer(file, bytes, named: name, among: files) {
      return .transformer(transformer, metadata: file.metadata)
    }
    do {
      return .transformer(
        try ONNXTransformer(file, output: wanted).transformer(named: name, among: files),
        metadata: file.metadata)
    } catch let failure as Failure where failure.kind == .unsupported {
      // A transformer for texts of one length may be readable as another network.
      if let network = try? network(file, name, wanted) { return .network(network) }
      throw Failure.unsupported("\(name): \(failure.message)", at: failure.location)
    }
  }

  /// Whether weights were read from other files.
  private final class OtherFiles { var areRead = false }

  private static func network(_ file: ONNXFile, _ name: String, _ wanted: String?) throws -> Network {
    let (scores, label) = try chooseOutputs(file, name, wanted)
    let failure: Failure
    do {
      let (network, formulas) = try network(file, name, scores, label)
      guard !formulas.isEmpty, ONNXProducer.of(file).computesWithWeights else { return network }
      // The engine has a constant where PyTorch computes with weights; the interpreter gives them their gradients.
      let because = "it computes with \"\(formulas.min() ?? "")\" before it meets the rows"
      if let other = try? interpreted(file, name, scores, label, because: because),
        other.graph.parameters.contains(where: { formulas.contains($0.name) })
      {
        return other
      }
      return network
    } catch let caught as Failure where caught.kind == .unsupported || caught.kind == .invalidModel {
      failure = caught
    }
    if let prepared = try? prepared(file, name, scores, label, because: failure.message) { return prepared }
    do {
      return try interpreted(file, name, scores, label, because: failure.message)
    } catch let other as Failure {
      throw reason(failure, other, file, name)
    }
  }

  /// The reason why a file is not read: the engine's failure, unless the interpreter gets further before it
  /// fails.
  private static func reason(
    _ failure: Failure, _ interpreted: Failure, _ file: ONNXFile, _ name: String
  ) -> Failure {
    // A file is malformed only if both report this.
    let isBroken = failure.kind == .invalidModel
    if isBroken { return interpreted.kind == .invalidModel ? failure : interpreted }
    let known = file.nodes.contains { node in
      node.name == failure.location && ONNXInterpreted.table[node.kind] != nil
    }
    guard known, failure.message.hasSuffix("this operator is not supported") else { return failure }
    return Failure.unsupported("\(name): \(interpreted.message)", at: interpreted.location)
  }

  /// The file as one interpreted node: it can predict and be audited.
  private static func interpreted(
    _ whole: ONNXFile, _ name: String, _ scores: ONNXFile.Port, _ label: ONNXFile.Port?,
    because reason: String
  ) throws -> Network {
    var file = whole
    let importer = ONNXImport(file, named: name)
    let inputs = try importer.declareInputs()
    _ = try importer.producersByName()
    // Scales that follow from all rows of a batch: each row has its own here, as in a batch of one.
    let scalesRows = file.nodes.contains { $0.kind == "DynamicQuantizeLinear" }
    if scalesRows {
      file.inputs = file.inputs.map { port in
        ONNXFile.Port(
          name: port.name, element: port.element, dimensions: port.dimensions.map { [1] + $0.dropFirst() })
      }
    }
    guard importer.vocabularies.areComplete else {
      throw Failure.unsupported("an operator reads any text, and the engine does not compute: \(reason)")
    }
    var builder = importer.builder
    let ending = InterpretedEnding(file, output: scores.name)
    let operation = try Interpretation(
      ending?.file ?? file, output: scores.name, because: reason, texts: importer.vocabularies.lists)
    let weights = try operation.weightTensors().map { builder.parameter($0) }
    var output = try builder.apply(operation, to: builder.graph.inputs + weights, name: scores.name)
    // Log probabilities are logits for a softmax.
    let shape = builder.graph[output].shape
    // Votes are scores, even if the file names them probabilities.
    let votes = file.nodes.first { $0.kind == "ai.onnx.ml.SVMClassifier" }
    let areProbabilities =
      ending == nil && label != nil && votes == nil && scores.name.lowercased().hasSubstring("prob")
      && shape.dimensions.count == 1 && shape.count > 1
    if areProbabilities {
      let least = builder.parameter(try Tensor(name: "least", dimensions: [1], values: [1e-30]))
      // Added and not a maximum, so that NaN stays NaN.
      output = try builder.apply(Arithmetic(.add), to: [output, least], name: "probabilities")
      output = try builder.apply(Unary(.logarithm), to: [output], name: "log_probabilities")
    }
    if let votes, label != nil {
      importer.classLabels = try ONNXSupportVectors.labels(
        ONNXEvaluation(node: votes, inputs: [], opset: file.opset))
    }
    if let map = file.nodes.first(where: { $0.kind == "ai.onnx.ml.ZipMap" }) {
      importer.classLabels = try ONNXClassical.classes(
        ONNXEvaluation(node: map, inputs: [], opset: file.opset))
    }
    let classes =
      areProbabilities || votes != nil || ending?.link == .softmax && label != nil
      ? classLabels(importer, count: shape.count) : nil
    var network = Network(
      graph: try builder.finish(output: output),
      link: ending?.link ?? (areProbabilities ? .softmax : classes == nil ? .identity : .logits),
      inputs: inputs,
      output: Network.Output(name: scores.name, label: label?.name), classLabels: classes,
      fixedParameters: areProbabilities ? ["least"] : [], metadata: file.metadata,
      producer: file.producer, opset: file.opset)
    if scalesRows {
      network.notes.append(
        "the file quantizes a batch by its least and greatest number (DynamicQuantizeLinear), so that a row's score "
          + "depends on the other rows; here each row is computed as a separate batch")
    }
    network.interpretationTakesMissing = file.nodes.contains { knowMissing.contains($0.kind) }
    network.nameTexts(importer)
    return network
  }

  /// The file with its preparation of columns as one interpreted node and its model in the engine: the model can be tuned.
  ///
  /// - Returns: nil for a file of another form.
  private static func prepared(
    _ file: ONNXFile, _ name: String, _ scores: ONNXFile.Port, _ label: ONNXFile.Port?, because reason: String
  ) throws -> Network? {
    guard let parts = ONNXPreparedPart(file, scores: scores.name) else { return nil }
    let importer = ONNXImport(parts.model, named: name)
    importer.vocabularies = ONNXVocabularies(file)
    guard importer.vocabularies.areComplete else { return nil }
    let inputs = try importer.declareInputs()
    let operation = try Interpretation(
      parts.preparation, output: parts.value, because: reason, texts: importer.vocabularies.lists,
      isPreparation: true)
    importer.symbols[parts.value] = .rows(
      try importer.builder.apply(operation, to: importer.builder.graph.inputs, name: parts.value))
    var network = try network(importer, inputs, scores, label)
    guard
      network.trainable.contains(true)
        || network.graph.nodes.contains(where: { $0.operation is TreeEnsemble })
    else {
      return nil
    }
    network.interpretationTakesMissing = parts.preparation.nodes.contains { knowMissing.contains($0.kind) }
    return network
  }

  /// Operators whose output is a number even if their input is missing.
  private static let knowMissing: Set<String> = [
    "ai.onnx.ml.Imputer", "IsNaN", "ai.onnx.ml.TreeEnsembleClassifier", "ai.onnx.ml.TreeEnsembleRegressor",
    "ai.onnx.ml.TreeEnsemble",
  ]

  private static func network(
    _ file: ONNXFile, _ name: String, _ scores: ONNXFile.Port, _ label: ONNXFile.Port?
  ) throws -> (Network, weightsInFormulas: Set<String>) {
    let importer = ONNXImport(file, named: name)
    let inputs = try importer.declareInputs()
    return (try network(importer, inputs, scores, label), importer.weightsInFormulas)
  }

  /// - Parameter importer: with the symbols of the inputs.
  private static func network(
    _ importer: ONNXImport, _ inputs: [Network.Input], _ scores: ONNXFile.Port, _ label: ONNXFile.Port?
  ) throws -> Network {
    let file = importer.file
    let last = try importer.output(scores.name)
    // The builder's graph for analysis; `rebuild` makes the final one.
    let whole = try importer.builder.finish(output: last)
    let patterns = ONNXPatterns(whole)
    let found = ONNXLink(patterns: patterns).find(
      last,
      // In files written by this library, the last operator tells the link.
      areProbabilities: label != nil && file.producer != ONNXWriter.producer
        && scores.name.lowercased().hasSubstring("prob"))
    let rebuilding = ONNXRebuilding(patterns: patterns)
    let graph = try rebuilding.rebuild(found)
    let labels = classLabels(
      importer, count: found.complementsOneLogit || found.mirrorsOneLogit ? 2 : graph.outputWidth)
    var link = found.link
    if link == .identity, label != nil || labels != nil { link = .logits }
    var output = Network.Output(
      name: scores.name, label: label?.name, complementsOneLogit: found.complementsOneLogit,
      isLogarithm: found.isLogarithm)
    output.labelFollows = label != nil && file.outputs.first?.name == scores.name
    output.mirrorsOneLogit = found.mirrorsOneLogit
    output.isMap = scores.element == 0
    var network = Network(
      graph: graph, link: link, inputs: inputs, output: output,
      classLabels: labels, labelsAreIntegers: label.map { $0.element != 8 } ?? true,
      fixedParameters: fixedParameters(
        graph, weights: importer.weights, listsOfOneAreWeights: ONNXProducer.of(file).listsOfOneAreWeights),
      metadata: file.metadata,
      producer: file.producer, opset: file.opset)
    network.nameTexts(importer)
    return network
  }

  /// The output with the scores, and the output with the label of classical models.
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
    // 6 to 9 are integers, text and booleans; 0 is a list of maps.
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

  /// The classes, if the file has a list with one name per probability.
  private static func classLabels(_ importer: ONNXImport, count: Int) -> [String]? {
    // A single score decides between two classes.
    let count = max(count, 2)
    // The label is selected from a list of classes by the index of the largest score.
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

  /// The names of parameters that tuning must not change: those that are not weights of the file, single
  /// numbers in formulas, and numbers that scale the inputs before the first layer.
  ///
  /// - Parameter listsOfOneAreWeights: see `ONNXProducer`.
  private static func fixedParameters(
    _ graph: Graph, weights: Set<String>, listsOfOneAreWeights: Bool
  ) -> Set<String> {
    var fixed = Set(graph.parameters.map(\.name)).subtracting(weights)
    for parameter in graph.parameters {
      // A weight that cannot be read as numbers is none of a formula.
      let isOfFormula = try? InterpretedWeights.isOfFormula(
        parameter.name, dimensions: parameter.shape.dimensions, parameter.values.array)
      if isOfFormula == true { fixed.insert(parameter.name) }
    }
    // Indices of values that are the inputs themselves, scaled, sliced or joined.
    var scaled = Set(graph.inputs.map(\.index))
    func isScaled(_ id: Graph.ValueID) -> Bool { scaled.contains(graph.storage(of: id).index) }
    for node in graph.nodes {
      let rows = node.inputs.filter { graph[$0].hasRows }
      if node.operation is Columns || node.operation is Concatenation || node.operation is Arithmetic,
        rows.allSatisfy(isScaled),
        // A product that repeats the inputs, as that of a tokenizer of features, is a layer.
        graph[node.output].shape.count <= rows.reduce(0, { $0 + graph[$1].shape.count })
      {
        scaled.insert(node.output.index)
      }
      guard node.operation is Arithmetic else { continue }
      for input in node.inputs {
        guard case .parameter(let index) = graph[input].source else { continue }
        let parameter = graph.parameters[index]
        if parameter.count == 1 && !(listsOfOneAreWeights && !parameter.shape.dimensions.isEmpty)
          || isScaled(node.output)
        {
          fixed.insert(graph.parameters[index].name)
        }
      }
    }
    return fixed
  }
}
