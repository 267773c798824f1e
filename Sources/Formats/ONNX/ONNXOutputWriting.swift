import Engine
import Platform

/// The scores, maps and labels at the end of a graph.
extension ONNXGraphWriting {
  mutating func writeOutputs() throws {
    var (output, shape) = (network.output, graph[graph.output].shape)
    var dimensions = shape.dimensions
    let logits = try name(of: graph.output)
    if isMap { output.name = unique("\(output.name)_columns") }
    switch network.link {
    case .logits where output.mirrorsOneLogit && shape.count == 1:
      let columns = dimensions == [1] ? logits : reshape(logits, to: [1])
      let negative = add("Neg", [columns], like: "mirrored")
      add("Concat", [negative, columns], like: "", output: output.name, [("axis", .integer(1))])
      dimensions = [2]
    case .identity, .logits:
      if logits != output.name { add("Identity", [logits], like: "", output: output.name) }
    case .sigmoid where output.complementsOneLogit && shape.count == 1:
      let columns = dimensions == [1] ? logits : reshape(logits, to: [1])
      let p = add("Sigmoid", [columns], like: "probability")
      let complement = add("Sub", [constant(1), p], like: "complement")
      add("Concat", [complement, p], like: "", output: output.name, [("axis", .integer(1))])
      dimensions = [2]
    case .sigmoid: add("Sigmoid", [logits], like: "", output: output.name)
    case .softmax:
      // Over all outputs of a row.
      let flat = dimensions.count == 1 ? logits : reshape(logits, to: [shape.count])
      add(
        output.isLogarithm ? "LogSoftmax" : "Softmax", [flat], like: "", output: output.name,
        [("axis", .integer(-1))])
      dimensions = [shape.count]
    }
    if isMap {
      writeMap(of: output.name)
    } else {
      declareOutput(output.name, element: 1, dimensions, ofTokens: graph.outputLines == .tokens)
    }
    var place: String?
    var abstains = false
    switch decision {
    case .adjusted(let adjustments)?:
      place = try writeAdjustments(adjustments, logits)
      abstains = adjustments.abstention != nil
    case .threshold(let threshold)? where shape.count <= 2: place = writeDecision(logits, threshold)
    case .threshold, .likeliest, nil:
      if output.label != nil { place = writeLikeliest(dimensions, of: output.name) }
    }
    guard let label = output.label, let place else { return }
    try writeLabel(label, place, abstains: abstains)
  }

  /// Whether scores are given as maps from class to score, as the network's file had them.
  var isMap: Bool {
    guard network.output.isMap, let classes = network.classLabels else { return false }
    let isPair = network.output.complementsOneLogit || network.output.mirrorsOneLogit
    return classes.count == (isPair ? 2 : graph.outputWidth)
  }

  private var classNumbers: [Int]? {
    guard network.labelsAreIntegers, let classes = network.classLabels else { return nil }
    let numbers = classes.compactMap { Int($0) }
    return numbers.count == classes.count ? numbers : nil
  }

  /// The scores as a list of maps, one for each row.
  private mutating func writeMap(of columns: String) {
    let (name, numbers) = (network.output.name, classNumbers)
    add(
      "ZipMap", [columns], like: "", output: name, domain: 1,
      [
        numbers.map { ("classlabels_int64s", .integers($0)) }
          ?? ("classlabels_strings", .texts(network.classLabels ?? []))
      ])
    outputs.append(ONNXMessage.maps(name, fromTexts: numbers == nil))
  }

  /// The label of two classes: 1 if the probability of the second is at least the threshold, otherwise 0.
  private mutating func writeDecision(_ logits: String, _ threshold: Float) -> String {
    let isLarge = add("GreaterOrEqual", [writeProbability(logits), constant(threshold)], like: "selected")
    return add("Cast", [isLarge], like: "place", [("to", .integer(7))])
  }

  /// The index of the largest score of each row.
  private mutating func writeLikeliest(_ dimensions: [Int], of columns: String) -> String {
    var scores = columns
    if dimensions.reduce(1, *) == 1 {
      // A single score is compared with its complement: 1 − p, or −x for a logit.
      let column = dimensions == [1] ? scores : reshape(scores, to: [1])
      let other =
        network.link == .sigmoid
        ? add("Sub", [constant(1), column], like: "complement") : add("Neg", [column], like: "complement")
      scores = add("Concat", [other, column], like: "scores", [("axis", .integer(1))])
    } else if dimensions.count != 1 {
      scores = reshape(scores, to: [dimensions.reduce(1, *)])
    }
    return add("ArgMax", [scores], like: "place", [("axis", .integer(1)), ("keepdims", .integer(0))])
  }

  /// Writes the class at index `place` as the first output, as in classical models, unless the file had
  /// another order.
  ///
  /// - Parameter abstains: whether a row may have no answer: the class -1, or the empty text.
  private mutating func writeLabel(_ label: String, _ place: String, abstains: Bool) throws {
    var element = 7
    if let classes = network.classLabels {
      let name = unique("classes")
      if let numbers = classNumbers {
        guard !abstains || !numbers.contains(-1) else {
          throw ONNXWriter.inexpressible("-1 is a class, and stands for rows without an answer")
        }
        initializers.append(ONNXMessage.tensor(numbers + (abstains ? [-1] : []), name: name))
      } else {
        initializers.append(ONNXMessage.tensor(classes + (abstains ? [""] : []), name: name))
        element = 8
      }
      add("Gather", [name, place], like: "", output: label, [("axis", .integer(0))])
    } else {
      add("Identity", [place], like: "", output: label)
    }
    let port = ONNXMessage.port(label, element: element, [])
    outputs.insert(port, at: network.output.labelFollows ? outputs.count : 0)
  }
}
