import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_predict") @implementation
public func eqp_predict(
  _ model: OpaquePointer?, _ inputs: OpaquePointer?, _ optionsJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ predictions: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(predictions, named: "predictions")
    let model = try borrow(Model.self, model, named: "model")
    let rows = try borrow(Dataset.self, inputs, named: "inputs")
    let options = try configuration(PredictOptions.self, optionsJSON)
    try result.set(try Hooks(hooks).running { try model.predict(rows, options) })
  }
}

/// See the header. Nothing here allocates unless it fails.
@_cdecl("eqp_predict_f32") @implementation
public func eqp_predict_f32(
  _ model: OpaquePointer?, _ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Model.self, model, named: "model")
    let features = try require(features, named: "features")
    let scores = try require(scores, named: "scores")
    let rows = try requireCount(rows, named: "rows")
    let columns = try requireCount(columns, named: "columns")
    let scoresCount = try requireCount(scoresCount, named: "scores_count")
    guard !rows.multipliedReportingOverflow(by: columns).overflow else {
      throw Failure.invalidArgument("rows times columns is more than any memory holds", at: "rows")
    }
    try model.predict(
      features: features, rows: rows, columns: columns, scores: scores, scoreCount: scoresCount)
  }
}

/// See the header.
@_cdecl("eqp_predict_text") @implementation
public func eqp_predict_text(
  _ model: OpaquePointer?, _ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ rows: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Model.self, model, named: "model")
    let texts = try require(texts, named: "texts")
    let scores = try require(scores, named: "scores")
    let rows = try requireCount(rows, named: "rows")
    let scoresCount = try requireCount(scoresCount, named: "scores_count")
    try model.predict(texts: texts, rows: rows, scores: scores, scoreCount: scoresCount)
  }
}
