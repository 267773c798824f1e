import Datasets
import Equipoise
import Glibc
import Platform
import Testing

@Suite("Continuing from a checkpoint gives the weights of an uninterrupted training")
struct CheckpointTests {
  static func config(_ train: String, _ rest: String, checkpoint: String = "null") -> String {
    #"{"data": {"label": "y", "sensitive": ["sex", "race"]}, "train": {"batch_size": 32, "seed": 5, \#(train), "checkpoint": \#(checkpoint)}\#(rest)}"#
  }

  @Test(
    "bit by bit, wherever it was stopped",
    arguments: [
      (
        #"{"hidden": [8]}"#,
        #""epochs": 4, "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}"#, ""
      ),
      (
        #"{"hidden": [8], "dropout": 0.3}"#,
        #""epochs": 4, "accumulate": 2, "schedule": {"name": "cosine", "warmup": 0.1}"#, ""
      ),
      (
        #"{"hidden": [8], "normalization": "batch"}"#, #""epochs": 4, "batch_norm": "train", "keep": "best""#,
        ""
      ),
      (
        #"{"hidden": [8]}"#,
        #""epochs": 4, "optimizer": {"name": "adamw", "learning_rate": 0.01}, "trace": true"#,
        #", "fairness": [{"objective": "demographic_parity", "tolerance": 0.02, "rate": 0.5}, {"objective": "equalized_odds", "attribute": ["sex", "race"], "weight": 0.3, "memory": 0.5}, {"objective": "loss_parity", "attribute": "race", "tolerance": 0.01}, {"objective": "covariance", "weight": 0.1}]"#
      ),
      (
        #"{"hidden": [24]}"#,
        #""epochs": 60, "optimizer": {"name": "rmsprop", "learning_rate": 0.02, "momentum": 0.5}, "keep": "best", "early_stopping": {"metric": "accuracy", "patience": 3}"#,
        #", "fairness": [{"objective": "demographic_parity", "tolerance": 0.05}]"#
      ),
    ], [1, 14, 23])
  func resuming(kind: (model: String, train: String, rest: String), stop: Int) throws {
    let table = try SyntheticTable.biased(rows: 450)
    let base = try Model.make(kind.model)
    let (whole, report) = try base.tuned(on: table, Self.config(kind.train, kind.rest))

    let folder = try TemporaryDirectory()
    let checkpoint = #"{"directory": "\#(folder.path)/run", "every_steps": 5, "resume": true}"#
    // The callback stops the training after some steps; the last checkpoint may be a few steps older.
    var stopped = false
    do {
      _ = try base.tuned(on: table, Self.config(kind.train, kind.rest, checkpoint: checkpoint)) { event in
        usleep(60)
        return (event["step"]?.int ?? 0) < stop
      }
    } catch let failure as Failure where failure.kind == .cancelled {
      stopped = true
    }
    #expect(stopped)
    let (resumed, second) = try base.tuned(
      on: table, Self.config(kind.train, kind.rest, checkpoint: checkpoint))
    #expect(try resumed.weights() == whole.weights())
    // The report is equal too, except for times.
    func timeless(_ report: JSONValue, _ key: String) -> [[JSONValue.Member]] {
      (report[key]?.array ?? []).map { ($0.members ?? []).filter { $0.key != "rows_per_second" } }
    }
    #expect(timeless(second, "history") == timeless(report, "history"))
    #expect(timeless(second, "steps") == timeless(report, "steps"))
    #expect(second["after"] == report["after"] && second["kept_epoch"] == report["kept_epoch"])
    #expect(second["stopped_early"] == report["stopped_early"])
  }

  @Test("The checkpoint of another training, a broken one and an unwritable place are refused")
  func refusals() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let base = try Model.make(#"{"hidden": [8]}"#)
    let folder = try TemporaryDirectory()
    let checkpoint = #"{"directory": "\#(folder.path)/run", "every_steps": 2, "resume": true}"#
    _ = try base.tuned(on: table, Self.config(#""epochs": 2"#, "", checkpoint: checkpoint))

    func kind(_ train: String, on table: Dataset, validation: Dataset? = nil) -> Failure.Kind? {
      do {
        _ = try base.tuned(on: table, validation: validation, Self.config(train, "", checkpoint: checkpoint))
        return nil
      } catch {
        return (error as? Failure)?.kind
      }
    }
    #expect(kind(#""epochs": 3"#, on: table) == .integrity)
    #expect(kind(#""epochs": 2"#, on: try SyntheticTable.biased(rows: 200, seed: 8)) == .integrity)
    #expect(kind(#""epochs": 2"#, on: table, validation: table) == .integrity)
    #expect(kind(#""epochs": 2"#, on: table) == nil)

    let path = folder.path + "/run/checkpoint.safetensors"
    var size = stat()
    stat(path, &size)
    for length in [0, 5, 100, Int(size.st_size) / 2, Int(size.st_size) - 1] {
      truncate(path, off_t(length))
      let found = kind(#""epochs": 2"#, on: table)
      #expect(found == .invalidData || found == .invalidModel, "cut to \(length) bytes")
    }
    unlink(path)
    mkdir(path, 0o777)
    #expect(kind(#""epochs": 2"#, on: table) != nil)
  }
}
