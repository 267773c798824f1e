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

/// See the header. Allocates memory only if it fails.
@_cdecl("eqp_predict_f32") @implementation
public func eqp_predict_f32(
  _ model: OpaquePointer?, _ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Model.self, model, named: "model")
    try FeatureRows(features, rows, columns).predict(by: model, scores, scoresCount)
  }
}

/// See the header. Allocates memory only if it fails.
@_cdecl("eqp_decide_f32") @implementation
public func eqp_decide_f32(
  _ model: OpaquePointer?, _ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int,
  _ groups: UnsafePointer<Int32>?, _ keys: UnsafePointer<UInt64>?, _ scores: UnsafeMutablePointer<Float>?,
  _ scoresCount: Int, _ labels: UnsafeMutablePointer<Int32>?, _ labelsCount: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try FeatureRows(features, rows, columns).decide(
      by: borrow(Model.self, model, named: "model"), groups, keys, scores, scoresCount, labels, labelsCount)
  }
}

/// See the header. Allocates memory only if it fails, or for more or longer texts than before, or than 16 MB hold.
@_cdecl("eqp_predict_text") @implementation
public func eqp_predict_text(
  _ model: OpaquePointer?, _ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ rows: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try predict(texts, rows, by: borrow(Model.self, model, named: "model"), scores, scoresCount)
  }
}
