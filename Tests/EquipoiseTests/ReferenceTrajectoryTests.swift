import Datasets
import Engine
import Equipoise
import Glibc
import Platform
import Testing

/// Twenty steps of five fairness penalties under two optimizers, computed independently in float32
/// (reference/tabular/network-fair-losses.json), run through a loaded ONNX network and the public verb.
@Suite("Trajectories equal the reference")
struct ReferenceTrajectoryTests {
  static let penalties: [(name: String, objective: String, on: String)] = [
    ("demographic_parity_logit", "demographic_parity", "logit"),
    ("demographic_parity_probability", "demographic_parity", "probability"),
    ("equal_opportunity_probability", "equal_opportunity", "probability"),
    ("equalized_odds_probability_sum", "equalized_odds", "probability"),
    ("covariance_logit", "covariance", "logit"),
  ]

  @Test("Losses, gaps and final outputs to 1e-5", arguments: penalties, ["sgd", "adamw"])
  func trajectory(penalty: (name: String, objective: String, on: String), optimizer: String) throws {
    let reference = try SharedData.json("reference/tabular/network-fair-losses.json")
    let run = try #require(reference["runs"]?["\(penalty.name)/\(optimizer)"])
    let dataset = try Dataset(rows: 256)
    let features = try #require(reference["x"]?.array)
    for column in 0..<10 {
      try dataset.add(Column(name: "x\(column)", numbers: features.map { $0[column]!.double! }))
    }
    try dataset.add(Column(name: "y", numbers: reference["y"]!.array!.map { $0.double! }))
    try dataset.add(Column(name: "z", integers: reference["z"]!.array!.map { Int64($0.int!) }))

    let model = try Model.load(path: SharedData.path("reference/tabular/network-10-8-4-1.onnx"))
    let config = try FineTuneConfig(
      json: """
        {"data": {"label": "y", "sensitive": ["z"]},
         "train": {"epochs": 5, "batch_size": 64, "shuffle": false, "trace": true,
                   "optimizer": {"name": "\(optimizer)", "learning_rate": \(run["learning_rate"]!.text()),
                                 "weight_decay": \(run["weight_decay"]!.text())}},
         "fairness": [{"objective": "\(penalty.objective)", "on": "\(penalty.on)",
                       "weight": \(run["lambda"]!.text())}]}
        """)
    let (tuned, report) = try fineTune(model, train: dataset, validation: dataset, config)
    let expected = try #require(run["steps_bce_gap_loss"]?.array)
    let steps = try #require(report["steps"]?.array)
    #expect(steps.count == 20 && expected.count == 20)
    for (step, values) in zip(steps, expected) {
      let gap = step["gaps"]!.members!.reduce(0) { $0 + $1.value.double! }
      #expect(abs(step["prediction_loss"]!.double! - values[0]!.double!) < 1e-5)
      #expect(abs(gap - values[1]!.double!) < 1e-5)
      #expect(abs(step["loss"]!.double! - values[2]!.double!) < 1e-5)
    }
    var options = PredictOptions()
    options.output = .logit
    let logits = try tuned.predict(dataset, options).column("logit").numbers()
    for (row, value) in run["final_logits_first_16_rows"]!.array!.enumerated() {
      #expect(abs(Double(logits.elements[row]) - value.double!) < 1e-5)
    }
  }

  @Test("Norms of the gradients of single rows to 1e-5, without the gradients")
  func rowNorms() throws {
    let reference = try SharedData.json("reference/tabular/network-fair-losses.json")
    func numbers(_ json: JSONValue?) -> [Double] { (json?.array ?? []).compactMap { $0.double } }
    let expected = numbers(reference["per_row_gradient_norm_first_32_rows_of_bce_at_start"])
    let features = (reference["x"]?.array ?? []).map { numbers($0).map { Float($0) } }
    let labels = numbers(reference["y"]).map { Float($0) }
    let model = try Model.load(path: SharedData.path("reference/tabular/network-10-8-4-1.onnx"))
    let graph = try model.requireNetwork().network.graph
    let rows = expected.count
    let trainer = try Trainer(
      graph, trainable: graph.parameters.map { _ in true }, capacity: Capacity(rows: rows), measuresRows: true
    )
    try trainer.forward(rows: rows, seed: 1) { range, inputs in
      for (place, row) in range.enumerated() {
        for (column, value) in features[row].enumerated() { inputs[0][place * 10 + column] = value }
      }
    }
    // ∂ of the cross-entropy at the logit: σ(z) − y.
    for row in 0..<rows {
      let z = trainer.outputs.pointer[row]
      trainer.outputGradients.pointer[row] = 1 / (1 + exp(-z)) - labels[row]
    }
    try trainer.computeRowNorms(seed: 1)
    #expect(rows == 32)
    for row in 0..<rows {
      #expect(abs(trainer.rowNorms.pointer[row].squareRoot() - expected[row]) < 1e-5 * expected[row])
    }
  }
}
