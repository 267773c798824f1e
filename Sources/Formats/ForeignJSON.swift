import Platform

/// Recognizes JSON models of other tools that this library does not support, for error messages.
enum ForeignJSON {
  /// - Throws: `unsupported` with the kind of the file and the supported kinds.
  static func refuse(_ json: JSONValue) throws {
    if json["tree_info"] != nil, json["feature_names"] != nil || json["max_feature_idx"] != nil {
      throw Failure.unsupported(
        "this is LightGBM's dump of a model as JSON (dump_model), which is not read; Booster.save_model writes the text "
          + "that is")
    }
    if json["oblivious_trees"] != nil || json["features_info"] != nil && json["model_info"] != nil {
      throw Failure.unsupported(
        "this is CatBoost's JSON, which is not read; CatBoost writes ONNX as well (format=\"onnx\"), which is"
      )
    }
    if json[0]?["nodeid"] != nil {
      throw Failure.unsupported(
        "this is XGBoost's dump of trees (dump_model), which lacks base score and objective; save_model writes what is "
          + "read")
    }
  }
}
