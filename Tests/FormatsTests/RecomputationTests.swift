import Engine
import Formats
import Platform
import Testing

@Suite("Recomputing activations")
struct RecomputationTests {
  enum Trained: CaseIterable { case all, upperLayer, adapters }

  /// The oracle is the trainer that keeps everything.
  @Test(
    "Gradients and outputs are the same bit by bit, with dropout, from less memory",
    arguments: TransformerTests.families, Trained.allCases)
  func gradients(family: String, trained: Trained) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    var graph = try transformer.network(.own, TransformerOptions(dropout: 0.2)).graph
    if trained == .adapters {
      graph = try graph.addingPrefixes(PrefixAdapter(tokens: 2), tensor: normalTensor)
      graph = try graph.addingBottlenecks(BottleneckAdapter(reduction: 4), tensor: normalTensor)
      graph = try graph.addingLowRankAdapters(
        { $0.hasSuffix("query.weight") ? LowRankAdapter(rank: 2, alpha: 4, dropout: 0.1) : nil },
        tensor: normalTensor)
    }
    let trainable = graph.parameters.map { parameter in
      switch trained {
      case .all: true
      case .upperLayer: parameter.name.hasSubstring(".1.") || !parameter.name.hasPrefix(transformer.prefix)
      case .adapters: AdapterNames.areOfAdapter(parameter.name)
      }
    }
    let texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2], [4, 7, 2]]
    let lengths = texts.map { Int32($0.count) }
    func trainer(_ recomputation: Recomputation) throws -> Trainer {
      try Trainer(
        graph, trainable: trainable, capacity: Capacity(rows: 4, tokens: 2000, longest: 16),
        recomputation: recomputation)
    }
    func run(_ trainer: Trainer) -> [[Float]] {
      var results: [[Float]] = []
      for seed: UInt64 in 1...2 {
        trainer.forward(rows: 4, lengths: lengths, seed: seed) { range, inputs in
          var token = 0
          for text in texts[range] {
            for (place, id) in text.enumerated() {
              inputs[0][token] = Float(id)
              if inputs.count == 3 { inputs[1][token] = 0 }
              inputs[inputs.count - 1][token] = Float(transformer.firstPosition + place)
              token += 1
            }
          }
        }
        for index in 0..<4 * graph.outputWidth {
          trainer.outputGradients.pointer[index] = Float([1, -0.5, 0.7, 0.3][index % 4])
        }
        trainer.backward(seed: seed)
        results += [trainer.outputs.array, trainer.gradients.array]
      }
      return results
    }
    let (whole, again) = (try trainer(.never), try trainer(.always))
    let (first, second) = (run(whole), run(again))
    #expect(first == second && first[1].contains { $0 != 0 } && first[1] != first[3])
    #expect(again.recomputes && !whole.recomputes)
    #expect(again.workspaceBytes < whole.workspaceBytes, "\(again.workspaceBytes) \(whole.workspaceBytes)")
    // Automatically it is done just where the limit asks for it.
    #expect(try !trainer(.above(bytes: whole.workspaceBytes)).recomputes)
    #expect(try trainer(.above(bytes: whole.workspaceBytes / 2)).recomputes)
  }
}
