import Platform

extension ONNXFile {
  /// The metadata key of the inputs and outputs that only the decision of a file of this library has.
  static let decisionKey = "equipoise_decision"

  /// Leaves out the decision, which is in the library's record.
  ///
  /// - Throws: `invalidModel` for inputs or outputs that the file does not have.
  mutating func beginBeforeDecision(named name: String) throws {
    guard let entry = metadata.first(where: { $0.key == Self.decisionKey }) else { return }
    metadata.removeAll { $0.key == Self.decisionKey }
    let described = try JSONValue.parse(entry.value, failing: .invalidModel)
    func names(_ key: String, among ports: [Port]) throws -> Set<String> {
      let names = (described[key]?.array ?? []).compactMap(\.string)
      guard Set(names).isSubset(of: ports.map(\.name)) else {
        throw Failure.invalidModel("its \(Self.decisionKey) names no \(key) of the graph", at: name)
      }
      return Set(names)
    }
    let (read, written) = (try names("inputs", among: inputs), try names("outputs", among: outputs))
    let label = described["label"]?.string
    inputs.removeAll { read.contains($0.name) }
    outputs.removeAll { written.contains($0.name) }
    // The name and the type of the label stay; what computes it goes.
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output] = index } }
    var needed = Set<Int>()
    var waiting = outputs.map(\.name).filter { $0 != label }
    while let value = waiting.popLast() {
      guard let index = producers[value], needed.insert(index).inserted else { continue }
      waiting += nodes[index].needs
    }
    nodes = needed.sorted().map { nodes[$0] }
  }
}
