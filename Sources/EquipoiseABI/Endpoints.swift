import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_endpoint_new") @implementation
public func eqp_endpoint_new(
  _ model: OpaquePointer?, _ endpoint: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(endpoint, named: "endpoint")
    try result.set(Endpoint(borrow(Model.self, model, named: "model")))
  }
}

/// See the header.
@_cdecl("eqp_endpoint_swap") @implementation
public func eqp_endpoint_swap(
  _ endpoint: OpaquePointer?, _ model: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try borrow(Endpoint.self, endpoint, named: "endpoint").swap(borrow(Model.self, model, named: "model"))
  }
}

/// See the header.
@_cdecl("eqp_endpoint_model") @implementation
public func eqp_endpoint_model(
  _ endpoint: OpaquePointer?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(model, named: "model")
    try result.set(borrow(Endpoint.self, endpoint, named: "endpoint").model)
  }
}

/// See the header.
@_cdecl("eqp_endpoint_predict") @implementation
public func eqp_endpoint_predict(
  _ endpoint: OpaquePointer?, _ inputs: OpaquePointer?, _ optionsJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ predictions: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(predictions, named: "predictions")
    let model = try borrow(Endpoint.self, endpoint, named: "endpoint").model
    let rows = try borrow(Dataset.self, inputs, named: "inputs")
    let options = try configuration(PredictOptions.self, optionsJSON)
    try result.set(try Hooks(hooks).running { try model.predict(rows, options) })
  }
}

/// See the header. Allocates memory only if it fails.
@_cdecl("eqp_endpoint_predict_f32") @implementation
public func eqp_endpoint_predict_f32(
  _ endpoint: OpaquePointer?, _ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Endpoint.self, endpoint, named: "endpoint").model
    try FeatureRows(features, rows, columns).predict(by: model, scores, scoresCount)
  }
}

/// See the header.
@_cdecl("eqp_endpoint_predict_text") @implementation
public func eqp_endpoint_predict_text(
  _ endpoint: OpaquePointer?, _ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ rows: Int,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Endpoint.self, endpoint, named: "endpoint").model
    try predict(texts, rows, by: model, scores, scoresCount)
  }
}

/// See the header. Allocates memory only if it fails.
@_cdecl("eqp_endpoint_decide_f32") @implementation
public func eqp_endpoint_decide_f32(
  _ endpoint: OpaquePointer?, _ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int,
  _ groups: UnsafePointer<Int32>?, _ keys: UnsafePointer<UInt64>?, _ scores: UnsafeMutablePointer<Float>?,
  _ scoresCount: Int, _ labels: UnsafeMutablePointer<Int32>?, _ labelsCount: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Endpoint.self, endpoint, named: "endpoint").model
    try FeatureRows(features, rows, columns).decide(
      by: model, groups, keys, scores, scoresCount, labels, labelsCount)
  }
}

/// See the header.
@_cdecl("eqp_endpoint_free") @implementation
public func eqp_endpoint_free(_ endpoint: OpaquePointer?) { Handle.release(Endpoint.self, endpoint) }
