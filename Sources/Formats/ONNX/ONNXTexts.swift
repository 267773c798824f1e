import Engine
import Platform

/// Operators of texts, which the engine has as codes.
enum ONNXTexts {
  /// Operators that move texts: the same of their codes.
  private static let moving: Set<String> = [
    "Identity", "Concat", "Gather", "ai.onnx.ml.ArrayFeatureExtractor", "Reshape", "Squeeze", "Unsqueeze",
    "Flatten",
    "Slice", "Split",
  ]
  /// Operators that join values of texts, or make texts of texts: all of them have one vocabulary.
  static let joining = moving.union(["Where", "ai.onnx.ml.LabelEncoder", "ai.onnx.ml.OneHotEncoder", "Equal"])

  /// nil: the node has no operand of texts, or reads its texts itself.
  static func evaluate(_ call: ONNXCall) throws -> [ONNXSymbol]? {
    let vocabularies = call.operands.compactMap { operand -> [String]? in
      if case .texts(_, let known)? = operand { known } else { nil }
    }
    guard let known = vocabularies.first else { return nil }
    guard vocabularies.allSatisfy({ $0 == known }) else { throw call.unsupported("joins texts of two kinds") }
    if call.node.kind == "Where" { return [try chosen(call, known)] }
    guard moving.contains(call.node.kind), let importer = ONNXOperators.table[call.node.kind] else {
      return nil
    }
    let operands = call.operands.map { operand -> ONNXSymbol? in
      if case .texts(let codes, _)? = operand { .rows(codes) } else { operand }
    }
    let results = try importer(ONNXCall(importer: call.importer, node: call.node, operands: operands))
    return results.map { if case .rows(let codes) = $0 { .texts(codes, known) } else { $0 } }
  }

  /// Where a condition of 1 or 0 holds the first texts, else the second.
  private static func chosen(_ call: ONNXCall, _ known: [String]) throws -> ONNXSymbol {
    func codes(_ index: Int) throws -> Graph.ValueID {
      switch call.operand(index) {
      case .texts(let codes, _)?: return codes
      case .constant(let tensor)?:
        guard let text = tensor.strings?.first, tensor.count == 1 else {
          throw call.unsupported("chooses among more than one constant text")
        }
        return try call.parameter([Float(known.firstIndex(of: text) ?? known.count)], "code")
      default: throw call.invalid("input \(index) is no text")
      }
    }
    let (condition, first, second) = (try call.rows(0), try codes(1), try codes(2))
    // condition · first + (1 − condition) · second, in whole numbers
    let chosen = try call.apply(Arithmetic(.multiply), [condition, first])
    let complement = try call.apply(Arithmetic(.subtract), [call.parameter([1], "one"), condition])
    let other = try call.apply(Arithmetic(.multiply), [complement, second])
    return .texts(try call.apply(Arithmetic(.add), [chosen, other]), known)
  }
}

/// For each input of texts the texts that the file's operators tell apart. Inputs that are joined have one list.
struct ONNXVocabularies {
  private(set) var lists: [String: [String]] = [:]
  /// Whether all operators that read texts tell apart only those in the lists.
  private(set) var areComplete = true

  /// The most texts of one input.
  private static let maximumTexts = 1 << 20

  init(_ file: ONNXFile) {
    let text = Network.Input.Element.string.rawValue
    // Values that are texts, and the group that each belongs to.
    var groups: [String: Int] = [:]
    for (index, port) in file.inputs.enumerated() where port.element == text { groups[port.name] = index }
    guard !groups.isEmpty else { return }
    var found: [Int: [String]] = [:]
    for node in file.nodes where ONNXTexts.joining.contains(node.kind) {
      let own = node.inputs.compactMap { groups[$0] }
      guard let group = own.min() else { continue }
      for (name, other) in groups where own.contains(other) { groups[name] = group }
      found[group] = Set(own).sorted().flatMap { found[$0] ?? [] }
      for key in ["cats_strings", "keys_strings", "values_strings"] {
        if case .strings(let texts)? = node.attributes[key] { found[group, default: []] += texts }
      }
      if node.attributes["values_strings"] != nil,
        case .string(let other)? = node.attributes["default_string"]
      {
        found[group, default: []].append(other)
      }
      for input in node.inputs { found[group, default: []] += file.initializers[input]?.strings ?? [] }
      // Texts that a LabelEncoder makes of a constant.
      let makesTexts = node.kind != "ai.onnx.ml.OneHotEncoder" && node.kind != "Equal"
      let isNumbers = node.kind == "ai.onnx.ml.LabelEncoder" && node.attributes["values_strings"] == nil
      if makesTexts, !isNumbers { for output in node.outputs { groups[output] = group } }
    }
    areComplete = file.nodes.allSatisfy { node in
      ONNXTexts.joining.contains(node.kind) || !node.needs.contains { groups[$0] != nil }
    }
    // Constants that LabelEncoder makes are texts of every group.
    var made: [String] = []
    for node in file.nodes
    where node.kind == "ai.onnx.ml.LabelEncoder" && node.inputs.allSatisfy({ groups[$0] == nil }) {
      if case .strings(let texts)? = node.attributes["values_strings"] { made += texts }
    }
    for port in file.inputs where port.element == text {
      var seen = Set<String>()
      let all = (groups[port.name].flatMap { found[$0] } ?? []) + made
      lists[port.name] = Array(all.filter { seen.insert($0).inserted }.prefix(Self.maximumTexts))
    }
  }

  func texts(of input: String) -> [String] { lists[input] ?? [] }
}

extension Network {
  /// Notes the texts of inputs of texts as the names of categories, and the words of those whose words are counted.
  mutating func nameTexts(_ importer: ONNXImport) {
    wordCounts = inputs.map { importer.file.words[$0.name] ?? [] }
    guard inputs.contains(where: { $0.element == .string }), categoryNames.isEmpty else { return }
    categoryNames = zip(inputs, inputColumns).flatMap { input, columns in
      let names =
        input.element == .string
        ? importer.vocabularies.texts(of: input.name).map { JSONValue.string($0) } : []
      return [[JSONValue]](repeating: names, count: columns)
    }
  }

  /// The number of a table's columns for each input: one for a text whose words are counted.
  var inputColumns: [Int] { zip(inputWidths, wordCounts).map { $1.isEmpty ? $0 : 1 } }

  /// For each of a table's columns, whether the file takes it as a text that the graph reads as a code.
  public var columnsAreTexts: [Bool] {
    zip(zip(inputs, wordCounts), inputColumns).flatMap { input, columns in
      [Bool](repeating: input.0.element == .string && input.1.isEmpty, count: columns)
    }
  }

  /// The texts of an input of texts, in the order of their codes; nil: they are not known.
  func texts(ofInput index: Int) -> [String]? {
    let first = inputColumns.prefix(index).reduce(0, +)
    let names = categoryNames
    guard inputs.indices.contains(index), names.indices.contains(first) else { return nil }
    return names[first].compactMap(\.string)
  }
}
