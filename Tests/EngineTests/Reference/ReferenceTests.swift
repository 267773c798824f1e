import Platform
import Testing

@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Every operator beside its naive definition: prediction, training, and the gradient of every parameter by
/// differences of the definition in double precision.
@Suite("Operators beside their definitions")
struct ReferenceTests {
  @Test("Every operator of the engine has a definition here, and a case")
  func complete() throws {
    #expect(ReferenceCase.all.count > 60)
    let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/Sources/Engine"
    var kinds: Set<String> = []
    func read(_ path: String) throws {
      guard let directory = opendir(path) else { return }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasPrefix(".") { continue }
        guard name.hasSuffix(".swift") else {
          try read(path + "/" + name)
          continue
        }
        let file = try MappedFile(path: path + "/" + name)
        let text = withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
        for line in text.split(separator: "\n") where line.contains("static let kind = \"") {
          kinds.insert(String(line.split(separator: "\"")[1]))
        }
      }
    }
    try read(folder)
    #expect(kinds.count > 25)
    #expect(kinds.subtracting(references.keys).isEmpty && Set(references.keys).subtracting(kinds).isEmpty)
    let used = ReferenceCase.all.reduce(into: Set<String>()) { used, one in
      for graph in [one.graph, one.graph.fused(for: .training)] {
        for node in graph.nodes { used.insert(type(of: node.operation).kind) }
      }
    }
    #expect(kinds.subtracting(used).isEmpty)
  }

  @Test("Prediction, training and gradients are the definition's", arguments: ReferenceCase.all.indices)
  func agree(place: Int) throws {
    let one = ReferenceCase.all[place]
    let inputs = one.numbers
    let (texts, tokens) = offsets(one.lengths)
    var reference = ReferenceNetwork(graph: one.graph, run: ReferenceRun(texts: texts, seed: 9))
    let numbers = inputs.map { $0.map(Double.init) }
    #expect(
      difference(try predicted(one, inputs), try reference.output(numbers))
        < max(one.tolerance, 2e-5).bounded,
      "prediction: \(one.name)")

    reference.run.isTraining = true
    let trainer = try Trainer(
      one.graph, trainable: one.graph.parameters.map { _ in true },
      capacity: Capacity(rows: one.rows, tokens: tokens, longest: Int(one.lengths.max() ?? 0)))
    try trainer.forward(rows: one.rows, lengths: one.lengths.isEmpty ? nil : one.lengths, seed: 9) {
      one.fill(inputs, $0, $1)
    }
    let expected = try reference.output(numbers)
    #expect(
      difference(Array(trainer.outputs.array.prefix(expected.count)), expected)
        < max(one.tolerance, 2e-5).bounded,
      "training: \(one.name)")
    // What fusion joined has a definition, too.
    let fused = ReferenceNetwork(graph: trainer.graph, run: reference.run)
    #expect(
      zip(try fused.output(numbers), expected).allSatisfy { abs($0 - $1) < 1e-9 || $0.isNaN == $1.isNaN })

    guard one.tolerance < .infinity else { return }
    var stream = RandomStream(seed: 10)
    let direction = expected.map { _ in Float(stream.uniform() * 2 - 1) }
    for (index, value) in direction.enumerated() { trainer.outputGradients.pointer[index] = value }
    try trainer.backward(seed: 9)
    func loss(_ parameters: [[Double]]) throws -> Double {
      zip(try reference.output(numbers, parameters: parameters), direction).reduce(0) {
        $0 + $1.0 * Double($1.1)
      }
    }
    var parameters = try one.graph.parameters.map { try $0.values.array.map(Double.init) }
    var (analytic, numeric): ([Double], [Double]) = ([], [])
    for parameter in parameters.indices {
      guard let offset = trainer.offset(ofParameter: parameter) else { continue }
      // A sample of large tensors.
      for element in stride(
        from: 0, to: parameters[parameter].count, by: max(1, parameters[parameter].count / 60))
      {
        let own = parameters[parameter][element]
        parameters[parameter][element] = own + one.step
        let above = try loss(parameters)
        parameters[parameter][element] = own - one.step
        numeric.append((above - (try loss(parameters))) / (2 * one.step))
        parameters[parameter][element] = own
        analytic.append(Double(trainer.gradients.pointer[offset + element]))
      }
    }
    let size = numeric.map(abs).max() ?? 0
    for (own, wanted) in zip(analytic, numeric) {
      #expect(
        abs(own - wanted) <= one.tolerance * max(size, 1e-3), "gradient: \(one.name): \(own), \(wanted)")
    }
  }

  private func offsets(_ lengths: [Int32]) -> (texts: [Range<Int>], tokens: Int) {
    var tokens = 0
    let texts = lengths.map { length -> Range<Int> in
      defer { tokens += Int(length) }
      return tokens..<tokens + Int(length)
    }
    return (texts, tokens)
  }

  private func predicted(_ one: ReferenceCase, _ inputs: [[Float]]) throws -> [Float] {
    let graph = one.graph
    let starts = one.lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + Int($1)) }
    func lines(_ range: Range<Int>) -> Range<Int> {
      graph.outputLines == .tokens ? starts[range.lowerBound]..<starts[range.upperBound] : range
    }
    var result = [Float](repeating: .nan, count: lines(0..<one.rows).count * graph.outputWidth)
    try Predictor(graph, longestText: Int(one.lengths.max() ?? 0)).run(
      rows: one.rows, lengths: one.lengths.isEmpty ? nil : one.lengths, fill: { one.fill(inputs, $0, $1) },
      take: { range, values in
        let own = lines(range)
        for place in 0..<own.count * graph.outputWidth {
          result[own.lowerBound * graph.outputWidth + place] = values[place]
        }
      })
    return result
  }

  /// The largest difference relative to the largest number, or to 1.
  private func difference(_ numbers: [Float], _ expected: [Double]) -> Double {
    guard numbers.count == expected.count else { return .infinity }
    let size = max(expected.map(abs).max() ?? 1, 1)
    return zip(numbers, expected).reduce(0) { most, pair in
      let own = abs(Double(pair.0) - pair.1) / size
      return max(most, own.isNaN ? .infinity : own)
    }
  }
}

extension Double {
  /// A tolerance for gradients that are not compared still bounds outputs.
  fileprivate var bounded: Double { isFinite ? self : 2e-5 }
}
