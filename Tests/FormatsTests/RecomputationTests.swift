import Engine
import Formats
import Platform
import Testing

@Suite("Recomputing activations")
struct RecomputationTests {
  enum Trained: CaseIterable { case all, upperLayer, adapters }

  /// A network with dropout, and which of its parameters are trained.
  private struct Case {
    let graph: Graph
    let trainable: [Bool]
    let firstPosition: Int
    let texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2], [4, 7, 2]]

    init(_ family: String, _ trained: Trained) throws {
      let transformer = try Transformer(directory: TransformerTests.directory(family))
      var graph = try transformer.network(.own, TransformerOptions(dropout: 0.2)).graph
      if trained == .adapters {
        if !family.hasPrefix("deberta") {
          graph = try graph.addingPrefixes(PrefixAdapter(tokens: 2), tensor: normalTensor)
        }
        graph = try graph.addingBottlenecks(BottleneckAdapter(reduction: 4), tensor: normalTensor)
        graph = try graph.addingLowRankAdapters(
          {
            $0.hasSuffix("query.weight") || $0.hasSuffix("query_proj.weight")
              ? LowRankAdapter(rank: 2, alpha: 4, dropout: 0.1) : nil
          },
          tensor: normalTensor)
      }
      let adapters = graph.adapterParameters
      trainable = graph.parameters.enumerated().map { index, parameter in
        switch trained {
        case .all: true
        case .upperLayer: parameter.name.hasSubstring(".1.") || !parameter.name.hasPrefix(transformer.prefix)
        case .adapters: adapters.contains(index)
        }
      }
      self.graph = graph
      firstPosition = transformer.firstPosition
    }

    func trainer(
      _ recomputation: Recomputation, capacity: Capacity = Capacity(rows: 4, tokens: 2000, longest: 16),
      sharedGradientsFrom: Int = .max
    ) throws -> Trainer {
      try Trainer(
        graph, trainable: trainable, capacity: capacity, recomputation: recomputation,
        sharedGradientsFrom: sharedGradientsFrom)
    }

    /// Runs two steps and returns their outputs, gradients and gradient norms.
    func run(_ trainer: Trainer) throws -> [[Float]] {
      let lengths = texts.map { Int32($0.count) }
      var results: [[Float]] = []
      for seed: UInt64 in 1...2 {
        try trainer.forward(rows: 4, lengths: lengths, seed: seed) { range, inputs in
          var token = 0
          for text in texts[range] {
            for (place, id) in text.enumerated() {
              for (input, value) in zip(graph.inputs, inputs) {
                value[token] =
                  switch graph[input].name {
                  case "input_ids": Float(id)
                  case "position_ids": Float(firstPosition + place)
                  default: 0
                  }
              }
              token += 1
            }
          }
        }
        for index in 0..<4 * graph.outputWidth {
          trainer.outputGradients.pointer[index] = Float([1, -0.5, 0.7, 0.3][index % 4])
        }
        try trainer.backward(seed: seed)
        results += [trainer.outputs.array, trainer.gradients.array, [trainer.gradientNorm]]
      }
      return results
    }
  }

  /// The oracle is the trainer that saves all activations.
  @Test(
    "Gradients and outputs are the same bit by bit, with dropout, from less memory",
    arguments: TransformerTests.families, Trained.allCases)
  func gradients(family: String, trained: Trained) throws {
    let network = try Case(family, trained)
    let (whole, again) = (try network.trainer(.never), try network.trainer(.always))
    let (first, second) = (try network.run(whole), try network.run(again))
    #expect(first == second && first[1].contains { $0 != 0 } && first[1] != first[4])
    #expect(again.recomputes && !whole.recomputes)
    #expect(again.workspaceBytes < whole.workspaceBytes, "\(again.workspaceBytes) \(whole.workspaceBytes)")
    // With the automatic choice, activations are recomputed only if the limit requires it.
    #expect(try !network.trainer(.above(bytes: whole.workspaceBytes)).recomputes)
    #expect(try network.trainer(.above(bytes: whole.workspaceBytes / 2)).recomputes)
  }

  /// The oracle is the trainer whose shards have separate arrays.
  @Test(
    "Gradients in the memory of unused values equal those in a separate array",
    arguments: TransformerTests.families, Trained.allCases)
  func sharedGradients(family: String, trained: Trained) throws {
    let network = try Case(family, trained)
    for threads: Int32 in [1, 2, 3] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let expected = try network.run(network.trainer(.never))
      for recomputation in [Recomputation.never, .always] {
        // A run has no unused memory between its values.
        let tight = Capacity(rows: 4, tokens: 21, longest: 9)
        let results = try network.run(
          try network.trainer(recomputation, capacity: tight, sharedGradientsFrom: 0))
        // Sums over shards are added in another order.
        let same = zip(results.joined(), expected.joined()).allSatisfy { value, wanted in
          threads == 1 ? value == wanted : abs(value - wanted) <= 1e-5 * max(1, abs(wanted))
        }
        #expect(same && results.joined().count == expected.joined().count, "\(threads) \(recomputation)")
      }
    }
  }
}
