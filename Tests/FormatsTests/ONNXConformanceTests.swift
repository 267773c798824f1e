import Engine
import Platform
import Testing

@testable import Formats

#if canImport(Glibc)
  import Glibc
#endif

/// The format's own tests (Debian's libonnx-testdata): for each, a model, inputs and expected outputs.
struct ONNXConformance {
  static let root = "/usr/share/libonnx-testdata/data"

  struct Case {
    let suite: String
    let name: String
    let file: ONNXFile
    let inputs: [String: ONNXTensor]
    let expected: [ONNXTensor]
  }

  /// Operators whose tests are excluded, and the reason.
  static let leftOut: [(reason: String, kinds: Set<String>)] = [
    ("of text", ["StringNormalizer", "TfIdfVectorizer"]),
    (
      "of sequences and optional values",
      [
        "SequenceInsert", "SequenceMap", "SequenceEmpty", "SequenceLength", "SequenceAt", "SequenceConstruct",
        "SequenceErase", "ConcatFromSequence", "SplitToSequence", "OptionalGetElement", "OptionalHasElement",
      ]
    ),
    ("control flow", ["Loop", "Scan"]),
    (
      "random",
      ["Bernoulli", "RandomUniformLike", "RandomNormalLike", "RandomUniform", "RandomNormal", "Multinomial"]
    ),
    (
      "training",
      [
        "ai.onnx.preview.training.Adagrad", "ai.onnx.preview.training.Adam",
        "ai.onnx.preview.training.Momentum",
        "ai.onnx.preview.training.Gradient",
      ]
    ),
  ]

  static func entries(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  static let decoder = ONNXTensorDecoder { location, _, _ in
    throw Failure.unsupported("weights lie in another file, \"\(location)\"")
  }

  static func tensors(_ directory: String, _ prefix: String) throws -> [ONNXTensor] {
    let count = entries(directory).filter { $0.hasPrefix(prefix) }.count
    return try (0..<count).map {
      let file = try MappedFile(path: "\(directory)/\(prefix)\($0).pb")
      return try withExtendedLifetime(file) { try decoder.decode(bytes: file.bytes) }
    }
  }

  /// nil for an excluded test.
  static func load(_ suite: String, _ name: String) throws -> Case? {
    let path = "\(root)/\(suite)/\(name)"
    let bytes = try MappedFile(path: path + "/model.onnx")
    let file = try withExtendedLifetime(bytes) {
      try ONNXFile(bytes.bytes, named: name, tensors: decoder)
    }
    let kinds = Set(file.nodes.map(\.kind))
    if leftOut.contains(where: { !$0.kinds.isDisjoint(with: kinds) }) { return nil }
    if name.hasPrefix("test_training_") || name.hasSuffix("_training_mode") { return nil }
    let data = path + "/test_data_set_0"
    if file.inputs.contains(where: { $0.element == 0 || $0.element == 8 }) { return nil }
    if file.outputs.contains(where: { $0.element == 0 }) { return nil }
    let inputs = try tensors(data, "input_")
    return Case(
      suite: suite, name: name, file: file,
      inputs: Dictionary(zip(file.inputs.map(\.name), inputs), uniquingKeysWith: { $1 }),
      expected: try tensors(data, "output_"))
  }

  /// Whether numbers agree within 0.1% or 1e-5; the format's own runner uses 0.1% or 1e-7.
  static func agrees(_ found: [Double], _ expected: ONNXTensor, _ dimensions: [Int]) throws -> Bool {
    guard dimensions == expected.dimensions else { return false }
    let wanted = try ONNXArray(expected)
    guard found.count == wanted.count else { return false }
    for index in found.indices {
      let (a, b) = (found[index], wanted[index])
      if a == b || a.isNaN && b.isNaN { continue }
      guard abs(a - b) <= 1e-5 + 1e-3 * abs(b) else { return false }
    }
    return true
  }

  static func interprets(_ item: Case) throws -> Bool {
    let results = try ONNXInterpreter(item.file).run(item.inputs.mapValues { try ONNXArray($0) })
    guard results.count >= item.expected.count else { return false }
    return try zip(results, item.expected).allSatisfy { result, expected in
      if let strings = expected.strings { return result.strings == strings }
      return try agrees(Array(result.numbers.elements), expected, result.dimensions)
    }
  }

  /// Whether the engine, which also computes gradients, can run the model: the first dimension of the first
  /// input is the rows, and the other inputs are constants.
  static func trains(_ item: Case) throws -> Bool {
    guard let first = item.file.inputs.first, let rows = item.inputs[first.name], rows.dimensions.count > 1,
      let values = try rows.floats(), let expected = item.expected.first, first.element == 1,
      item.file.outputs.count == 1
    else { return false }
    var file = item.file
    for port in file.inputs.dropFirst() {
      guard var tensor = item.inputs[port.name] else { return false }
      tensor.weight = port.name
      file.initializers[port.name] = tensor
    }
    file.inputs = [.init(name: first.name, element: 1, dimensions: rows.dimensions)]
    let importer = ONNXImport(file, named: item.name)
    _ = try importer.declareInputs()
    let output = try importer.output(file.outputs[0].name)
    let graph = try importer.builder.finish(output: output)
    let (width, count) = (graph.outputWidth, rows.dimensions[0])
    var found = [Double](repeating: .nan, count: width * count)
    try Predictor(graph).run(
      rows: count, parallel: false,
      fill: { range, inputs in
        inputs[0].update(
          from: values.pointer + range.lowerBound * graph.inputWidth, count: range.count * graph.inputWidth)
      },
      take: { range, outputs in
        for index in 0..<range.count * width {
          found[range.lowerBound * width + index] = Double(outputs[index])
        }
      })
    return try agrees(found, expected, [count] + graph[output].shape.dimensions)
  }
}

@Suite("The format's conformance tests")
struct ONNXConformanceTests {
  static let isThere = access(ONNXConformance.root, R_OK) == 0

  struct Score {
    var tests = 0
    var interpreted = 0
    var trained = 0
  }

  /// Tests whose inputs are at a kink, where a central difference is no derivative.
  static let haveNoDerivative: Set<String> = [
    "test_elu_example", "test_selu_example", "test_leakyrelu_example", "test_thresholdedrelu_example",
    "test_reduce_min_default_axes_keepdims_example",
  ]

  /// With `ONNX_TABLE=write` in the environment, the page is written again.
  @Test(
    "At least 90% of the tests of each suite pass, and docs/onnx-operators.md says which",
    .enabled(if: isThere, "libonnx-testdata is not installed"))
  func suites() throws {
    var (operators, suites): ([String: Score], [(String, Score, Int)]) = ([:], [])
    var wrong: [String] = []
    for suite in ["node", "pytorch-operator", "pytorch-converted", "simple"] {
      var (total, left) = (Score(), 0)
      for name in ONNXConformance.entries("\(ONNXConformance.root)/\(suite)") {
        guard let item = try ONNXConformance.load(suite, name) else {
          left += 1
          continue
        }
        let interpreted: Bool
        do { interpreted = try ONNXConformance.interprets(item) } catch { interpreted = false }
        let derivative = (try? ONNXConformance.derivative(item)) ?? .none
        if case .wrong = derivative, !Self.haveNoDerivative.contains(name) {
          wrong.append("\(name): \(derivative)")
        }
        let trained = derivative == .right || ((try? ONNXConformance.trains(item)) ?? false)
        if !interpreted { print("not passed: \(suite)/\(name)") }
        total.tests += 1
        total.interpreted += interpreted ? 1 : 0
        total.trained += trained ? 1 : 0
        for kind in Set(item.file.nodes.map(\.kind)) {
          operators[kind, default: Score()].tests += 1
          operators[kind, default: Score()].interpreted += interpreted ? 1 : 0
          operators[kind, default: Score()].trained += trained ? 1 : 0
        }
      }
      #expect(total.interpreted * 10 >= total.tests * 9, "\(suite): \(total.interpreted) of \(total.tests)")
      suites.append((suite, total, left))
    }
    #expect(wrong.isEmpty)
    let page = Self.page(operators, suites)
    let path = packageRoot + "/docs/onnx-operators.md"
    if getenv("ONNX_TABLE").map({ String(cString: $0) }) == "write" {
      try AtomicFile.write(page, to: path)
    }
    let file = try MappedFile(path: path)
    #expect(String(decoding: file.bytes, as: UTF8.self) == page, "ONNX_TABLE=write writes the page anew")
  }

  static func page(_ operators: [String: Score], _ suites: [(String, Score, Int)]) -> String {
    var text = """
      # ONNX operators

      Generated by a test (Tests/FormatsTests/ONNXConformanceTests.swift) from the format's own conformance tests,
      ONNX 1.12, as Debian's libonnx-testdata has them.

      "Predicts" counts the tests whose outputs the interpreter gives: such a graph can be loaded, predict and be
      audited. "Trains" counts those whose gradients are computed: by the interpreter, compared with central differences for
      every operand that a gradient reaches, or by the engine, with the first dimension of the first input as the rows.
      A graph of such operators can be fine-tuned. An operator that trains only in part does so on floats and without
      attributes that no exporter of networks writes; one that does not train, such as a comparison, may still be in a
      graph that does, if no gradient has to pass through it.

      | suite | tests | predicts | trains | left out |
      |---|---|---|---|---|

      """
    for (name, score, left) in suites {
      text += "| \(name) | \(score.tests) | \(score.interpreted) | \(score.trained) | \(left) |\n"
    }
    text += "\nLeft out are tests of operators that are\n\n"
    for (reason, kinds) in ONNXConformance.leftOut {
      text += "- \(reason): \(kinds.sorted().joined(separator: ", "))\n"
    }
    text += """

      and tests in training mode, with text as an input, or with values that are sequences.

      | operator | tests with it | predicts | trains |
      |---|---|---|---|

      """
    for (kind, score) in operators.sorted(by: { $0.key < $1.key }) {
      text += "| \(kind) | \(score.tests) | \(score.interpreted) | \(score.trained) |\n"
    }
    return text
  }
}
