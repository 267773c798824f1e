import Datasets
import Equipoise
import Platform
import Testing

@Suite("Tasks, losses, optimizers, schedules and the other choices of training")
struct TrainingOptionsTests {
  static let data = #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["race"]}"#

  /// The loss of the validation rows before and after.
  static func losses(_ report: JSONValue) throws -> (before: Double, after: Double) {
    (try #require(number(report, "before", "loss")), try #require(number(report, "after", "loss")))
  }

  @Test("Binary, three classes as text and as integers, and regression gain on the untrained network")
  func tasks() throws {
    let train = #""train": {"epochs": 30, "batch_size": 32, "optimizer": {"learning_rate": 0.01}}"#
    let model = try Model.make(#"{"hidden": [16]}"#)
    let (binary, first) = try model.tuned(on: SyntheticTable.biased(), "{\(Self.data), \(train)}")
    #expect(try #require(number(first, "after", "overall", "accuracy")) > 0.75)
    #expect(binary.task == .binary && binary.classLabels == ["0", "1"])

    let classes = try SyntheticTable.classes()
    for (label, names) in [("colour", ["blue", "green", "red"]), ("size", ["5", "10", "20"])] {
      let (tuned, report) = try model.tuned(
        on: classes,
        #"{"data": {"label": "\#(label)", "sensitive": ["sex"], "include": ["x1", "x2"]}, \#(train)}"#)
      #expect(tuned.classLabels == names)
      #expect(try #require(number(report, "after", "overall", "accuracy")) > 0.95)
      let predicted = try tuned.predict(classes)
      #expect(predicted.names == names.map { "score_\($0)" } + ["label"])
      let codes = try predicted.column("label").categories().codes.array
      let agreement = try zip(codes, classes.column(label).categories().codes.array).filter { $0 == $1 }.count
      #expect(agreement > 420)
    }
    let (regression, report) = try model.tuned(
      on: classes, #"{"data": {"label": "value", "sensitive": ["sex"], "include": ["x1", "x2"]}, \#(train)}"#)
    #expect(regression.task == .regression)
    #expect(try #require(number(report, "after", "overall", "r2")) > 0.9)
    #expect(try regression.predict(classes).names == ["score"])
  }

  @Test(
    "Every loss goes down",
    arguments: [
      ("y", #"{"name": "cross_entropy"}"#), ("y", #"{"name": "focal", "gamma": 1.5}"#),
      ("y", #"{"label_smoothing": 0.1}"#), ("y", #"{"balanced": true}"#),
      ("y", #"{"class_weights": {"0": 1, "1": 3}}"#), ("x1", #"{"name": "squared"}"#),
      ("x1", #"{"name": "absolute"}"#), ("x1", #"{"name": "huber", "delta": 0.3}"#),
    ])
  func everyLoss(label: String, loss: String) throws {
    let (_, report) = try Model.make(#"{"hidden": [8]}"#).tuned(
      on: SyntheticTable.biased(),
      #"{"data": {"label": "\#(label)", "sensitive": ["sex"], "include": ["job", "x2", "\#(label == "y" ? "x1" : "y")"]}, "#
        + #""train": {"epochs": 15, "batch_size": 32, "optimizer": {"learning_rate": 0.01}, "loss": \#(loss)}}"#
    )
    let (before, after) = try Self.losses(report)
    #expect(after < before)
  }

  @Test("Class weights and balance move decisions to the class they favour")
  func classWeights() throws {
    let table = try SyntheticTable.biased()
    func positives(_ loss: String) throws -> Int {
      let (tuned, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: table,
        #"{\#(Self.data), "train": {"epochs": 20, "batch_size": 64, "optimizer": {"learning_rate": 0.01}, "loss": \#(loss)}}"#
      )
      return try tuned.predicted("label", on: table).filter { $0 == 1 }.count
    }
    let plain = try positives("{}")
    #expect(try positives(#"{"class_weights": {"1": 5}}"#) > plain + 30)
    #expect(try positives(#"{"class_weights": {"0": 5}}"#) < plain - 30)
  }

  @Test(
    "Every optimizer and every schedule learns",
    arguments: [
      #"{"name": "sgd", "learning_rate": 0.5}"#,
      #"{"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": true, "weight_decay": 0.001}"#,
      #"{"name": "adam", "learning_rate": 0.01, "weight_decay": 0.001}"#,
      #"{"name": "adamw", "learning_rate": 0.01, "weight_decay": 0.01}"#,
      #"{"name": "rmsprop", "learning_rate": 0.001, "momentum": 0.5}"#,
      #"{"name": "adagrad", "learning_rate": 0.05}"#,
    ],
    [
      #"{}"#, #"{"name": "linear"}"#, #"{"name": "cosine", "warmup": 0.2}"#,
    ])
  func optimizers(optimizer: String, schedule: String) throws {
    let (_, report) = try Model.make(#"{"hidden": [8]}"#).tuned(
      on: SyntheticTable.biased(rows: 400),
      #"{\#(Self.data), "train": {"epochs": 8, "batch_size": 32, "optimizer": \#(optimizer), "schedule": \#(schedule), "clip_norm": 1.0, "trace": true}}"#
    )
    let (before, after) = try Self.losses(report)
    #expect(after < before - 0.01)
    // The rates follow the schedule: the first of a warm-up is low, the last of a cosine nearly 0.
    let steps = try #require(report["steps"]?.array)
    let rates = steps.map { $0["learning_rate"]!.double! }
    let full = try #require(rates.max())
    if schedule.contains("warmup") { #expect(rates[0] < full / 5) }
    if schedule != "{}" {
      #expect(rates[rates.count - 1] < full / 10)
    } else {
      #expect(rates.allSatisfy { $0 == full })
    }
  }

  @Test("Clipping to a small norm bounds a step of plain descent")
  func clipping() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let base = try Model.make(#"{"kind": "logistic"}"#)
    func weights(_ train: String) throws -> [Float] {
      try base.tuned(
        on: table, validation: table,
        #"{\#(Self.data), "train": {\#(train), "batch_size": 256, "optimizer": {"name": "sgd", "learning_rate": 1}}}"#
      ).model.weights().flatMap { $0 }
    }
    let start = try weights(#""epochs": 0"#)
    let moved = try weights(#""epochs": 1, "clip_norm": 0.001"#)
    let length = zip(start, moved).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    #expect(abs(length - 0.001) < 1e-5)
  }

  @Test(
    "Two batches of 32 accumulated are one of 64",
    arguments: [
      #"[]"#, #"[{"objective": "covariance", "weight": 0}]"#,
    ])
  func accumulation(fairness: String) throws {
    let table = try SyntheticTable.biased(rows: 640)
    func weights(_ batches: String) throws -> [Float] {
      try Model.make(#"{"hidden": [8]}"#).tuned(
        on: table, validation: table,
        #"{\#(Self.data), "train": {"epochs": 3, \#(batches), "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}}, "fairness": \#(fairness)}"#
      ).model.weights().flatMap { $0 }
    }
    #expect(
      largestDifference(
        try weights(#""batch_size": 32, "accumulate": 2"#), try weights(#""batch_size": 64"#)) < 1e-5)
  }

  @Test("Frozen tensors keep their values; the others move")
  func freezing() throws {
    let table = try SyntheticTable.biased(rows: 300)
    let (base, _) = try Model.make(#"{"hidden": [8, 4]}"#).tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 1}}"#)
    let (tuned, _) = try base.tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 2, "freeze": ["layers.0.*", "*.1.bias"]}}"#)
    for name in ["layers.0.weight", "layers.0.bias", "layers.1.bias"] {
      #expect(try base.weight(name) == tuned.weight(name))
    }
    for name in ["layers.1.weight", "output.weight", "output.bias"] {
      #expect(try base.weight(name) != tuned.weight(name))
    }
  }

  @Test("Batch normalization keeps its statistics frozen, or learns them, as configured")
  func batchNorm() throws {
    let table = try SyntheticTable.biased(rows: 300)
    let (base, _) = try Model.make(#"{"hidden": [8], "normalization": "batch"}"#).tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 3, "batch_norm": "train"}}"#)
    let mean = try base.weight("layers.0.norm.mean")
    #expect(
      try base.tuned(on: table, #"{\#(Self.data), "train": {"epochs": 2, "batch_norm": "frozen"}}"#)
        .model.weight("layers.0.norm.mean") == mean)
    let (moved, _) = try base.tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 2, "batch_norm": "train"}}"#)
    #expect(try moved.weight("layers.0.norm.mean") != mean)
    #expect(try moved.weight("layers.0.norm.variance").allSatisfy { $0 > 0 })
  }

  @Test("A new network with batch normalization learns its statistics without being told")
  func newBatchNorm() throws {
    let table = try SyntheticTable.biased(rows: 300)
    let (base, _) = try Model.make(#"{"hidden": [8], "normalization": "batch"}"#).tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 3}}"#)
    #expect(try base.weight("layers.0.norm.mean") != Array(repeating: 0, count: 8))
  }

  @Test("Dropout changes training and not prediction")
  func dropout() throws {
    let table = try SyntheticTable.biased(rows: 300)
    let config = #"{\#(Self.data), "train": {"epochs": 2, "batch_size": 32}}"#
    let (with, _) = try Model.make(#"{"hidden": [16], "dropout": 0.5}"#).tuned(on: table, config)
    let (without, _) = try Model.make(#"{"hidden": [16]}"#).tuned(on: table, config)
    #expect(try with.weight("output.weight") != without.weight("output.weight"))
    #expect(try with.predicted(on: table) == with.predicted(on: table))
  }

  @Test(
    "Early stopping on the loss, a metric and a gap ends before the last epoch",
    arguments: [
      #"{"metric": "loss", "patience": 1}"#, #"{"metric": "accuracy", "patience": 0, "minimum_change": 0.5}"#,
      #"{"metric": "demographic_parity_difference", "attribute": "sex", "patience": 2}"#,
      #"{"metric": "selection_rate_difference", "attribute": ["sex", "race"], "patience": 2}"#,
    ])
  func earlyStopping(stopping: String) throws {
    let (_, report) = try Model.make(#"{"hidden": [32]}"#).tuned(
      on: SyntheticTable.biased(rows: 200),
      #"{"data": {"label": "y", "sensitive": ["sex", "race"]}, "audit": {"by": ["sex", ["sex", "race"]]}, "train": {"epochs": 400, "batch_size": 16, "optimizer": {"learning_rate": 0.05}, "early_stopping": \#(stopping)}}"#
    )
    #expect(report["stopped_early"]?.bool == true)
    let epochs = try #require(report["epochs"]?.int)
    #expect(epochs < 400 && report["history"]?.array?.count == epochs)
  }

  @Test("Keeping the best epoch gives the weights that the report names")
  func keepBest() throws {
    let table = try SyntheticTable.biased(rows: 300)
    let held = try SyntheticTable.biased(rows: 300, seed: 9)
    func tune(_ epochs: Int, _ keep: String) throws -> (model: Model, report: JSONValue) {
      try Model.make(#"{"hidden": [32]}"#).tuned(
        on: table, validation: held,
        #"{\#(Self.data), "train": {"epochs": \#(epochs), "batch_size": 16, "optimizer": {"learning_rate": 0.02}, "keep": "\#(keep)"}}"#
      )
    }
    let (best, report) = try tune(12, "best")
    let kept = try #require(report["kept_epoch"]?.int)
    #expect(try best.weights() == tune(kept, "last").model.weights())
  }

  @Test("Row weights: a row with weight 0 has no effect")
  func rowWeights() throws {
    let table = try SyntheticTable.biased(rows: 256)
    // Wrong labels with weight 0 have no effect.
    let labels = try table.column("y").numbers()
    let importance = (0..<256).map { $0 % 2 == 0 ? 1.0 : 0.0 }
    func with(_ wrong: Bool) throws -> Dataset {
      let result = try table.selecting(columns: ["x1", "x2", "job", "sex"])
      try result.add(Column(name: "w", numbers: importance))
      try result.add(
        Column(
          name: "y",
          integers: (0..<256).map { row in
            let label = Int64(labels.elements[row])
            return wrong && row % 2 == 1 ? 1 - label : label
          }))
      return result
    }
    func tuned(_ table: Dataset) throws -> (weights: [[Float]], loss: Double?) {
      let (model, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: table, validation: table,
        #"{"data": {"label": "y", "sensitive": ["sex"], "weight": "w"}, "train": {"epochs": 3, "batch_size": 32}, "fairness": [{"objective": "equalized_odds", "weight": 1}]}"#
      )
      return (try model.weights(), number(report, "after", "loss"))
    }
    let (wrong, right) = (try tuned(with(true)), try tuned(with(false)))
    #expect(wrong.weights == right.weights && wrong.loss == right.loss && right.loss != nil)
  }
}
