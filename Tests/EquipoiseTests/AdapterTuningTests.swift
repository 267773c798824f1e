import Datasets
import Engine
import Formats
import Glibc
import Platform
import Testing

@testable import Equipoise
@testable import Tuning

/// Adapters from the configuration to the saved directory, on the tiny BERT of FormatsTests.
@Suite("Adapters")
struct AdapterTuningTests {
  static let kinds = [
    #"{"kind": "lora", "rank": 4, "dropout": 0.1}"#,
    #"{"kind": "adalora", "rank": 2, "targets": ["*query.weight", "*value.weight", "*dense.weight"]}"#,
    #"{"kind": "bottleneck", "reduction": 4, "after_attention": true, "activation": "gelu"}"#,
    #"{"kind": "prefix", "tokens": 5}"#,
    #"{"kind": "bitfit"}"#,
  ]

  /// A word that mostly determines the label, and a group that depends on the word too.
  static func table(_ rows: Int = 96) throws -> Dataset {
    let dataset = try Dataset(rows: rows)
    try dataset.add(
      Column(
        name: "text",
        texts: (0..<rows).map { "w\(10 + $0 % 7) w\($0 % 2 == 0 ? 31 : 32) w\(20 + $0 % 9)" }))
    try dataset.add(Column(name: "group", texts: (0..<rows).map { $0 % 3 == 0 ? "a" : "b" }))
    try dataset.add(
      Column(name: "label", integers: (0..<rows).map { Int64(($0 + ($0 % 8 == 3 ? 1 : 0)) % 2) }))
    return dataset
  }

  static func config(_ train: String, fairness: String = "") -> String {
    #"{"data": {"text": "text", "label": "label", "sensitive": ["group"]}, "fairness": [\#(fairness)], "train": {"batch_size": 16, \#(train)}}"#
  }

  static let constraint = #"{"objective": "demographic_parity", "tolerance": 0.05, "rate": 0.5}"#

  @Test(
    "Every kind learns under a constraint, leaves the other weights alone, and predicts the same saved and loaded",
    arguments: kinds)
  func tuned(adapter: String) throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table()
    let (model, report) = try base.tuned(
      on: rows, validation: rows,
      Self.config(
        #""epochs": 25, "dropout": 0, "optimizer": {"learning_rate": 2e-2}, "adapter": \#(adapter)"#,
        fairness: Self.constraint))
    let (before, after) = (report["before"]?["loss"]?.double ?? 0, report["after"]?["loss"]?.double ?? 9)
    #expect(after < 0.95 * before, "\(before) \(after)")
    // All weights that are not an adapter, a head or (for bitfit) a bias equal the checkpoint's.
    let checkpoint = try Safetensors(path: resourceBERT + "/model.safetensors").tensors()
    let graph = try model.requireNetwork().network.graph
    var same = 0
    let adapters = graph.adapterParameters
    for (index, tensor) in graph.parameters.enumerated() where !adapters.contains(index) {
      if tensor.name.hasPrefix("bert."), !adapter.contains("bitfit") || !tensor.name.hasSuffix(".bias") {
        #expect(try tensor.values.array == checkpoint[tensor.name]?.values.array, "\(tensor.name)")
        same += 1
      }
    }
    #expect(same > 20)
    #expect(
      Set(graph.biasParameters.map { graph.parameters[$0].name })
        == Set(graph.parameters.map(\.name).filter { $0.hasSuffix(".bias") }))

    let directory = try TemporaryDirectory()
    let scores = try model.predicted(on: rows)
    func check(_ name: String, _ options: String) throws {
      try model.save(path: directory.path + "/" + name, options: SaveOptions(json: options))
      let loaded = try Model.load(path: directory.path + "/" + name)
      for (a, b) in zip(try loaded.predicted(on: rows), scores) { #expect(abs(a - b) < 1e-5) }
      #expect(loaded.classLabels == model.classLabels && loaded.task == model.task)
    }
    try check("default", "{}")
    let isApart = adapter.contains("prefix") || adapter.contains("bottleneck")
    #expect(MappedFile.exists(directory.path + "/default/adapter_config.json") == isApart)
    if adapter.contains("bitfit") {
      let failure = #expect(throws: Failure.self) { try check("adapter", #"{"format": "peft"}"#) }
      #expect(failure?.kind == .unsupported && failure?.location == "/format")
      return
    }
    try check("adapter", #"{"format": "peft"}"#)
    if isApart {
      let failure = #expect(throws: Failure.self) { try check("merged", #"{"format": "huggingface"}"#) }
      #expect(failure?.kind == .unsupported)
    }
    // A base with another name is reported as missing, and found if the options name it.
    try model.save(
      path: directory.path + "/named",
      options: SaveOptions(json: #"{"format": "peft", "base": "somebody/bert"}"#))
    let failure = #expect(throws: Failure.self) { try Model.load(path: directory.path + "/named") }
    #expect(failure?.location == "/base" && failure?.message.contains("somebody/bert") == true)
    let named = try Model.load(
      path: directory.path + "/named", options: LoadOptions(json: #"{"base": "\#(resourceBERT)"}"#))
    #expect(
      try named.predicted(on: rows) == (try Model.load(path: directory.path + "/adapter").predicted(on: rows))
    )
  }

  @Test(
    "AdaLoRA leaves the ranks of its budget, which differ by layer, as plain low-rank adapters")
  func ranks() throws {
    let (model, _) = try Model.load(path: resourceBERT).tuned(
      on: Self.table(),
      Self.config(
        #""epochs": 8, "optimizer": {"learning_rate": 1e-2}, "adapter": {"kind": "adalora", "rank": 2, "targets": ["*query.weight", "*dense.weight"], "budget": {"initial_rank": 6, "end": 0.6}}"#
      ))
    let parts = try model.requireNetwork().network.graph.lowRankParts
    // Two layers of query, attention.output.dense, intermediate.dense and output.dense, and the pooler.
    let total = parts.reduce(0) { $0 + $1.adapter.rank }
    #expect(total == 2 * 9, "\(parts.map(\.adapter.rank))")
    #expect(Set(parts.map(\.adapter.rank)).count > 1)
    #expect(parts.allSatisfy { $0.singularValues == nil && abs($0.adapter.scale - 16 / 6) < 1e-5 })
  }

  /// Equation 12 with b(0) = 6 · 5, b(T) = 2 · 5, worked by hand: 30 up to step 10; half way to step 30,
  /// 10 + 20 · (1/2)³ = 12.5; 10 from there.
  @Test("The budget falls by a cubic curve between its two ends")
  func budget() throws {
    var config = AdapterConfig()
    (config.kind, config.rank, config.budget.initialRank) = (.adalora, 2, 6)
    (config.budget.start, config.budget.end) = (0.25, 0.75)
    var builder = GraphBuilder()
    var x = builder.input("x", Shape(width: 7))
    for layer in 0..<5 {
      let weight = builder.parameter(
        try Tensor(name: "l\(layer).weight", dimensions: [7, 7], values: Array(repeating: 0.1, count: 49)))
      x = try builder.apply(Linear(), to: [x, weight], name: "l\(layer)")
    }
    let graph = try builder.finish(output: x).addingLowRankAdapters({ _ in
      LowRankAdapter(rank: 6, alpha: 1, hasSingularValues: true)
    }) { parameter in
      var random = RandomStream(seed: 2, purpose: parameter.name)
      return try Tensor(
        name: parameter.name, dimensions: parameter.dimensions,
        values: (0..<parameter.dimensions.reduce(1, *)).map { _ in Float(random.normal()) })
    }
    let trainer = try Trainer(
      graph, trainable: graph.parameters.indices.map(graph.adapterParameters.contains), capacity: 1)
    let made = try RankAllocation(config, graph, trainer, steps: 40)
    let allocation = try #require(made)
    #expect([1, 10, 11, 20, 29, 30, 40].map(allocation.budget) == [30, 30, 27, 13, 10, 10, 10])

    // The penalty's gradient against finite differences, all other gradients being 0.
    func penalty() -> Double {
      trainer.gradients.pointer.update(repeating: 0, count: trainer.gradients.count)
      return allocation.observe()
    }
    _ = penalty()
    let gradients = trainer.gradients.array
    #expect(gradients.contains { abs($0) > 1 })
    for place in stride(from: 0, to: gradients.count, by: 37) {
      let weight = trainer.weights.pointer[place]
      trainer.weights.pointer[place] = weight + 1e-2
      let above = penalty()
      trainer.weights.pointer[place] = weight - 1e-2
      let below = penalty()
      trainer.weights.pointer[place] = weight
      let numeric = Float((above - below) / 2e-2)
      #expect(abs(numeric - gradients[place]) < 2e-2 * max(1, abs(numeric)), "\(place)")
    }

    // Of adapter 0 the triplets 1 and 4 matter, of adapter 3 all; the budget of step 20 has room for 13.
    allocation.sensitivity.pointer.update(repeating: 0.1, count: allocation.sensitivity.count)
    allocation.uncertainty.pointer.update(repeating: 0.1, count: allocation.sensitivity.count)
    let parts = graph.lowRankParts
    for (part, triplets) in [(parts[0], [1, 4]), (parts[3], [0, 1, 2, 3, 4, 5])] {
      let index = try #require(part.singularValues)
      let offset = try #require(trainer.offset(ofParameter: index))
      for triplet in triplets { allocation.sensitivity.pointer[offset + triplet] = 9 }
    }
    allocation.prune(step: 20)
    func left(_ part: Graph.LowRankPart) throws -> [Int] {
      let index = try #require(part.singularValues)
      let offset = try #require(trainer.offset(ofParameter: index))
      return (0..<6).filter { trainer.weights.pointer[offset + $0] != 0 }
    }
    #expect(try left(parts[3]) == [0, 1, 2, 3, 4, 5])
    #expect(try left(parts[0]).filter { $0 == 1 || $0 == 4 } == [1, 4])
    #expect(try parts.map { try left($0).count }.reduce(0, +) == 13)
  }

  @Test(
    "Continuing from a checkpoint gives the weights of an uninterrupted training, bit by bit",
    arguments: kinds.map { #""adapter": \#($0)"# } + [#""layer_decay": 0.7"#, #""recompute": true"#], [2, 13])
  func resuming(train: String, stop: Int) throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table()
    let plain = #""epochs": 3, "optimizer": {"learning_rate": 5e-3}, \#(train)"#
    let whole = try base.tuned(on: rows, validation: rows, Self.config(plain, fairness: Self.constraint))
      .model
    let folder = try TemporaryDirectory()
    let kept = Self.config(
      plain + #", "checkpoint": {"directory": "\#(folder.path)/run", "every_steps": 2, "resume": true}"#,
      fairness: Self.constraint)
    let failure = #expect(throws: Failure.self) {
      _ = try base.tuned(on: rows, validation: rows, kept) { event in
        usleep(2000)
        return (event["step"]?.int ?? 0) < stop
      }
    }
    #expect(failure?.kind == .cancelled)
    #expect(try base.tuned(on: rows, validation: rows, kept).model.weights() == whole.weights())
  }

  @Test(
    "The same low-rank adapter is trained on as it is; before another the first is merged into the weights")
  func again() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table()
    func tuned(_ model: Model, _ adapter: String, epochs: Int = 2) throws -> Model {
      try model.tuned(
        on: rows, validation: rows,
        Self.config(#""epochs": \#(epochs), "optimizer": {"learning_rate": 5e-3}, "adapter": \#(adapter)"#)
      ).model
    }
    let first = try tuned(base, #"{"rank": 3}"#)
    let still = try tuned(first, #"{"rank": 3}"#, epochs: 0)
    #expect(try still.weights() == first.weights())
    let other = try tuned(first, #"{"rank": 2}"#, epochs: 0)
    for (a, b) in zip(try other.predicted(on: rows), try first.predicted(on: rows)) {
      #expect(abs(a - b) < 1e-5)
    }
    #expect(try other.requireNetwork().network.graph.lowRankParts.first?.adapter.rank == 2)
    // Its adapter belongs to weights that no checkpoint has.
    let directory = try TemporaryDirectory()
    let failure = #expect(throws: Failure.self) {
      try other.save(path: directory.path + "/other", options: SaveOptions(json: #"{"format": "peft"}"#))
    }
    #expect(failure?.kind == .unsupported && failure?.message.contains("query.weight") == true)

    let prefixed = try tuned(base, #"{"kind": "prefix", "tokens": 4}"#)
    #expect(
      try tuned(prefixed, #"{"kind": "prefix", "tokens": 4}"#, epochs: 0).weights() == prefixed.weights())
    let wrong = #expect(throws: Failure.self) { _ = try tuned(prefixed, #"{"kind": "prefix", "tokens": 5}"#) }
    #expect(wrong?.kind == .invalidConfig && wrong?.location == "/train/adapter/tokens")
  }

  /// The oracle is the change of one plain step of gradient descent.
  @Test("A layer's step is the plain step times decay to its depth, with frozen layers, too")
  func layerDecay() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table(16)
    func change(_ train: String) throws -> [(name: String, change: [Float])] {
      func weights(_ epochs: Int) throws -> [Tensor] {
        try base.tuned(
          on: rows, validation: rows,
          Self.config(
            #""epochs": \#(epochs), "dropout": 0, "optimizer": {"name": "sgd", "learning_rate": 0.1}\#(train)"#
          )
        ).model.requireNetwork().network.graph.parameters
      }
      return try zip(weights(0), weights(1)).map { before, after in
        (before.name, zip(try before.values.array, try after.values.array).map { $1 - $0 })
      }
    }
    let decay: Float = 0.5
    for freeze in ["", #", "freeze": ["encoder.layer.0.*", "*.bias"]"#] {
      let plain = try change(freeze)
      let decayed = try change(#", "layer_decay": 0.5\#(freeze)"#)
      for (a, b) in zip(plain, decayed) {
        let depth =
          a.name.contains("embeddings")
          ? 3 : a.name.contains("layer.0.") ? 2 : a.name.contains("layer.1.") ? 1 : 0
        let share = (0..<depth).reduce(Float(1)) { share, _ in share * decay }
        let scale = a.change.map(abs).max() ?? 0
        for (x, y) in zip(a.change, b.change) {
          #expect(abs(y - share * x) <= 1e-6 + 1e-4 * scale, "\(a.name)")
        }
      }
      #expect(plain.contains { $0.name.contains("embeddings") && $0.change.contains { $0 != 0 } })
    }
  }

  @Test("Recomputed layers give the same weights, bit by bit")
  func recomputing() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table()
    func weights(_ recompute: String) throws -> [[Float]] {
      try base.tuned(
        on: rows, validation: rows,
        Self.config(#""epochs": 2, "accumulate": 2, "recompute": \#(recompute)"#, fairness: Self.constraint)
      ).model.weights()
    }
    let kept = try weights("false")
    #expect(try weights("true") == kept)
    #expect(try weights(#""auto", "memory_limit": 1"#) == kept)
  }

  @Test("Invalid input is named")
  func mistakes() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try Self.table(24)
    func location(_ train: String, on model: Model? = nil) -> String? {
      let failure = #expect(throws: Failure.self) {
        _ = try (model ?? base).tuned(on: rows, validation: rows, Self.config(#""epochs": 1, \#(train)"#))
      }
      return failure?.location
    }
    #expect(location(#""adapter": {"kind": "prefix", "tokens": 31}"#) == "/train/adapter/tokens")
    #expect(location(#""adapter": {"kind": "loro"}"#) == "/train/adapter/kind")
    #expect(location(#""adapter": {"targets": ["*query.weigth"]}"#) == "/train/adapter/targets/0")
    #expect(
      location(#""adapter": {"kind": "adalora", "budget": {"start": 0.5, "end": 0.2}}"#)
        == "/train/adapter/budget/end")
    #expect(location(#""layer_decay": 1.5"#) == "/train/layer_decay")
    #expect(location(#""recompute": "sometimes""#) == "/train/recompute")
    let table = try SyntheticTable.biased(rows: 60)
    for train in [#""layer_decay": 0.9"#, #""adapter": {"kind": "prefix"}"#, #""recompute": true"#] {
      let failure = #expect(throws: Failure.self) {
        _ = try Model.make(#"{"hidden": [8]}"#).tuned(
          on: table, #"{"data": {"label": "y"}, "train": {"epochs": 1, \#(train)}}"#)
      }
      #expect(failure?.kind == .unsupported)
    }
  }
}
