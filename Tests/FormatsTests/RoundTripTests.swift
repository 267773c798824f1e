import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Every operator, written and read again")
struct RoundTripTests {
  func rows(_ graph: Graph) -> [[Float]] {
    // Whole numbers are valid indices for embeddings too; for other operators fractions would not test more.
    (0..<9).map { row in (0..<graph.inputWidth).map { Float((row * 5 + $0 * 3) % 10) } }
  }

  @Test("As JSON and tensors the graph is the same, value by value", arguments: try! OperatorGraphs.all())
  func description(_ item: OperatorGraphs.Case) throws {
    let graph = item.graph
    let tensors = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0) })
    let again = try GraphDescription.graph(
      from: JSONValue.parse(graph.json.text(indented: true)), tensors: tensors)
    #expect(again.json == graph.json)
    #expect(again.values.map(\.shape) == graph.values.map(\.shape))
    #expect(try outputs(again, rows(graph)) == outputs(graph, rows(graph)))
  }

  @Test("As ONNX the outputs are equal to 1e-6, for each link", arguments: try! OperatorGraphs.all())
  func onnx(_ item: OperatorGraphs.Case) throws {
    for link in [Network.Link.identity, .sigmoid, .softmax] {
      let network = Network(graph: item.graph, link: link, fixedParameters: ["p0"])
      let path = temporaryPath("onnx")
      defer { unlink(path) }
      try ONNXWriter.write(network, to: path)
      let again = try ONNXReader.load(path: path)
      let inputs = rows(item.graph)
      let difference = try worstDifference(predictions(again, inputs), predictions(network, inputs))
      #expect(difference < 2e-6, "\(link)")
      #expect(again.inputs == network.inputs && again.output == network.output)
      #expect(again.graph[again.graph.output].shape.count == item.graph.outputWidth)
    }
  }

  @Test("A wrong description is refused with the pointer to the wrong entry")
  func lies() throws {
    let graph = try OperatorGraphs.make("columns", Columns(1..<3)).graph
    let tensors = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0) })
    let text = graph.json.text()
    for (old, new, location) in [
      ("\"columns\":[1, 3]", "\"columns\":[3, 1]", "/values/4/columns"),
      ("\"columns\":[1, 3]", "\"columns\":[1, 9]", "/values/4"),
      ("\"output\":4", "\"output\":5", "/output"),
      ("\"kind\":\"Columns\"", "\"kind\":\"Colums\"", "/values/4/kind"),
      ("\"inputs\":[3]", "\"inputs\":[4]", "/values/4/inputs/0"),
      ("\"shape\":[2]", "\"shape\":[3]", "/values/4/shape"),
      ("\"name\":\"bias\"", "\"name\":\"vias\"", "/values/2"),
      ("\"version\":1", "\"version\":2", "/version"),
    ] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text, "\(old)")
      #expect {
        try GraphDescription.graph(from: JSONValue.parse(changed), tensors: tensors)
      } throws: { ($0 as? Failure)?.location == location }
    }
  }
}
