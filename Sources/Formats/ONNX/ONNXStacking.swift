import Engine
import Platform

// scikit-learn's converter lays values of the rows over one another along a new first axis, only to sum them up there
// (bagging) or to turn them back into columns (discriminant analysis). Here they are rewritten with the rows in front, as
// the engine needs them.
extension ONNXFile {
  mutating func unstackRows() {
    guard ONNXProducer.of(self).stacksRows else { return }
    var producers: [String: Int] = [:]
    var readers: [String: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
      for input in node.needs { readers[input, default: []].append(index) }
    }
    for output in outputs { readers[output.name, default: []].append(-1) }
    func soleReader(_ node: ONNXNode) -> Int? {
      guard node.outputs.count == 1, let found = readers[node.outputs[0]], found.count == 1 else {
        return nil
      }
      return nodes.indices.contains(found[0]) ? found[0] : nil
    }
    for place in nodes.indices where nodes[place].kind == "Concat" {
      guard case .integer(0)? = nodes[place].attributes["axis"], let reader = soleReader(nodes[place]) else {
        continue
      }
      let parts = nodes[place].inputs.map { producers[$0].map { nodes[$0] } }
      let known = parts.compactMap { $0 }
      guard known.count == parts.count else { continue }
      switch nodes[reader].kind {
      case "ReduceMean", "ReduceSum": unstackSum(of: known, reader)
      case "Reshape": if let last = soleReader(nodes[reader]) { unstackColumns(known, place, reader, last) }
      default: continue
      }
    }
  }

  // Reshapes of (rows, …) to (1, rows, …), joined and reduced over the first axis → their sum, or mean, as it is
  private mutating func unstackSum(of parts: [ONNXNode], _ reader: Int) {
    let node = nodes[reader]
    guard axes(of: node) == [0], case .integer(0)? = node.attributes["keepdims"] else { return }
    let shapes = parts.map { $0.kind == "Reshape" && $0.inputs.count == 2 ? wholeNumbers($0.inputs[1]) : nil }
    guard let shape = shapes.first ?? nil, shapes.allSatisfy({ $0 == shape }), shape.count > 1,
      shape[0] == 1, shape[1] == -1, shape.dropFirst(2).allSatisfy({ $0 > 0 })
    else { return }
    let (shapeName, sumName) = ("\(node.name)/shape", "\(node.name)/sum")
    initializers[shapeName] = .integers(Array(shape.dropFirst()))
    let names = parts.indices.map { "\(node.name)/part\($0)" }
    for (part, name) in zip(parts, names) {
      nodes.append(
        ONNXNode(
          name: name, kind: "Reshape", inputs: [part.inputs[0], shapeName], outputs: [name], attributes: [:]))
    }
    let isMean = node.kind == "ReduceMean"
    let sum = isMean ? [sumName] : node.outputs
    nodes[reader] = ONNXNode(name: node.name, kind: "Sum", inputs: names, outputs: sum, attributes: [:])
    guard isMean, let count = try? ONNXTensor.floats([Float(parts.count)], dimensions: [1]) else { return }
    initializers["\(node.name)/count"] = count
    nodes.append(
      ONNXNode(
        name: "\(node.name)/mean", kind: "Div", inputs: [sumName, "\(node.name)/count"],
        outputs: node.outputs, attributes: [:]))
  }

  // n sums over columns, (rows, 1), joined to (n · rows, 1), reshaped to (n, rows) and transposed → joined as columns
  private mutating func unstackColumns(_ parts: [ONNXNode], _ place: Int, _ reader: Int, _ last: Int) {
    let (shape, turned) = (nodes[reader], nodes[last])
    guard shape.inputs.count == 2, wholeNumbers(shape.inputs[1]) == [Int64(parts.count), -1],
      turned.kind == "Transpose", turned.inputs == shape.outputs
    else { return }
    if case .integers(let order)? = turned.attributes["perm"], order != [1, 0] { return }
    let areColumns = parts.allSatisfy { part in
      if case .integer(0)? = part.attributes["keepdims"] { return false }
      return part.kind == "ReduceSum" && axes(of: part) == [1]
    }
    guard areColumns else { return }
    nodes[place].attributes["axis"] = .integer(1)
    for index in [reader, last] {
      nodes[index] = ONNXNode(
        name: nodes[index].name, kind: "Identity", inputs: [nodes[index].inputs[0]],
        outputs: nodes[index].outputs, attributes: [:])
    }
  }

  /// The axes of a reduction, which newer files give as an input and older ones as an attribute.
  private func axes(of node: ONNXNode) -> [Int64]? {
    if node.inputs.count > 1 { return wholeNumbers(node.inputs[1]) }
    if case .integers(let axes)? = node.attributes["axes"] { return axes }
    return nil
  }

  private func wholeNumbers(_ name: String) -> [Int64]? {
    initializers[name]?.integers
  }
}
