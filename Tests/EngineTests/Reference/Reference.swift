import Platform

@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// A value of a run in double precision: `lines` times the numbers of a line, which has the shape.
struct ReferenceValue {
  var shape: [Int]
  var numbers: [Double]
  /// The number of floats of a line.
  var width: Int { shape.reduce(1, *) }
  var lines: Int { width > 0 ? numbers.count / width : 0 }
  subscript(line: Int) -> [Double] { Array(numbers[line * width..<(line + 1) * width]) }
}

/// What operators read of a run beside their operands.
struct ReferenceRun {
  /// The tokens of each row's text; empty for a network that reads no texts.
  var texts: [Range<Int>] = []
  var isTraining = false
  var seed: UInt64 = 0
}

/// An operator by its definition, one number after another: operands → the numbers of the output. Operands that
/// are parameters have one line.
typealias Reference = (_ operation: any Operator, _ operands: [ReferenceValue], _ run: ReferenceRun) ->
  [Double]

/// The definition of one kind of operator.
func defined<Kind: Operator>(
  _ reference: @escaping (Kind, [ReferenceValue], ReferenceRun) -> [Double]
) -> Reference {
  { operation, operands, run in (operation as? Kind).map { reference($0, operands, run) } ?? [] }
}

/// The definition of every operator, by its kind. A test fails for a kind that is missing here.
let references: [String: Reference] =
  [
    elementwiseReferences, linearReferences, normalizationReferences, shapeReferences, tokenReferences,
    attentionReferences, imageReferences, treeReferences, machineReferences,
  ].reduce(into: [:]) { all, family in all.merge(family) { first, _ in first } }

/// Runs a graph by the definitions of its operators.
struct ReferenceNetwork {
  let graph: Graph
  var run = ReferenceRun()

  /// - Parameters:
  ///   - inputs: the numbers of each of the graph's inputs.
  ///   - parameters: the numbers of each parameter; nil for the graph's own.
  func output(_ inputs: [[Double]], parameters: [[Double]]? = nil) throws -> [Double] {
    var values: [ReferenceValue] = []
    for (index, value) in graph.values.enumerated() {
      let shape = value.shape.dimensions
      switch value.source {
      case .input:
        let place = graph.inputs.firstIndex { $0.index == index } ?? 0
        values.append(ReferenceValue(shape: shape, numbers: inputs[place]))
      case .parameter(let place):
        let own = try parameters?[place] ?? graph.parameters[place].values.array.map(Double.init)
        values.append(ReferenceValue(shape: shape, numbers: own))
      case .reshaped(let original):
        values.append(ReferenceValue(shape: shape, numbers: values[original.index].numbers))
      case .node(let place):
        // Fusion may leave a value with no producer.
        guard graph.nodes.indices.contains(place), graph.nodes[place].output.index == index else {
          values.append(ReferenceValue(shape: shape, numbers: []))
          continue
        }
        let node = graph.nodes[place]
        guard let reference = references[type(of: node.operation).kind] else {
          throw Failure.internal("no reference of \(type(of: node.operation).kind)")
        }
        values.append(
          ReferenceValue(
            shape: shape, numbers: reference(node.operation, node.inputs.map { values[$0.index] }, run)))
      }
    }
    return values[graph.output.index].numbers
  }
}
