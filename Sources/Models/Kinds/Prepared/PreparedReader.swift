import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Changes columns by steps that were learnt with the model, and reads the result with another kind of
/// reader.
package final class PreparedReader: ModelKind {
  package static let name = "prepared"
  package static let recordedKeys: Set<String> = ["preparation", "include", "reader"]

  private let preparation: Preparation
  private let inner: any ModelKind

  package init(_ preparation: Preparation, _ inner: any ModelKind) {
    (self.preparation, self.inner) = (preparation, inner)
  }

  package var inputNames: [String] { preparation.inputs }
  package var featureCount: Int { inner.featureCount }
  package var possibleAnswers: Set<ModelAnswer> { inner.possibleAnswers }
  package var describedInputs: [JSONValue] {
    preparation.inputs.map { ["name": .string($0), "kind": "column"] }
  }

  package var describedSteps: JSONValue { preparation.description }

  package func answer(task: Fairness.Task?, _ scoring: Scoring) -> ModelAnswer {
    inner.answer(task: task, scoring)
  }

  package func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    try inner.inputs(
      of: preparation.apply(dataset), include: inner.inputNames.isEmpty ? include : [], data: data)
  }

  package func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] {
    try inner.unseenCategories(in: preparation.apply(dataset))
  }

  package func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    throw Failure.invalidArgument(
      "the model changes its columns by steps, which need a dataset; use eqp_predict", at: "model")
  }

  // MARK: Saving

  package var recorded: [JSONValue.Member] {
    [
      .init("preparation", preparation.json), .init("include", .strings(inner.inputNames)),
      .init("reader", .object([.init("kind", .string(type(of: inner).name))] + inner.recorded)),
    ]
  }

  package static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws
    -> any ModelKind
  {
    let reader = recorded["reader"] ?? .null
    guard let kind = (reader["kind"]?.string).flatMap(ModelKinds.named), kind != PreparedReader.self else {
      throw Failure.invalidModel("its prepared columns are read by an unknown kind")
    }
    if let stranger = (reader.members ?? []).first(where: {
      $0.key != "kind" && !kind.recordedKeys.contains($0.key)
    }) {
      throw Failure.invalidModel("its reader has the unknown member \"\(stranger.key)\"")
    }
    // After the steps, the columns are not those that the data name.
    var changed = data ?? DataConfig()
    changed.include = try [String].decoded(recorded["include"] ?? .null, at: "/include")
    return PreparedReader(
      try Preparation(json: recorded["preparation"] ?? .null), try kind.restored(reader, network, changed))
  }

  package func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format
  {
    let format = try inner.format(asked, path: path, of: model)
    guard format == .equipoise || format == .onnx else {
      throw Failure.unsupported(
        "a file of the format \(format.rawValue) cannot hold the steps that change the model's columns; .onnx and "
          + "directories (a name without an ending) are accepted", at: asked == .auto ? path : "/format")
    }
    return format
  }

  /// - Throws: `unsupported` for columns, because the steps are not written to ONNX.
  package func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn] {
    guard form != .columns else {
      throw Failure.unsupported(
        "the steps that prepare the model's columns are not written as operators; \"auto\" and \"encoded\" are accepted",
        at: "/inputs")
    }
    return []
  }

  // MARK: Tuning

  package var settings: Set<KindSetting> { inner.settings }
  package var learnsNewLabels: Bool { inner.learnsNewLabels }
  package var counterfactualAttribute: AttributeReference? { inner.counterfactualAttribute }
  package var namePrefix: String { inner.namePrefix }

  package func augmented(_ rows: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int) throws
    -> Dataset
  {
    try inner.augmented(rows, augment, data, seed: seed)
  }

  package func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest)
    throws -> TunableModel
  {
    let prepared = try preparation.apply(rows)
    return try inner.tunable(base, prepared, labelled, request).prepared(by: preparation)
  }

  package func effort(
    of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest
  ) -> (kind: TrainedKind, isNew: Bool) {
    inner.effort(of: trained, base, labelled, request)
  }

  /// Counterfactuals of the inner reader: the steps change neither the switched attribute nor its categories.
  package func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows {
    try inner.counterfactuals(entry, attribute, rows, inputs, data, seed: seed, at: pointer)
  }

  package func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    PreparedReader(preparation, try inner.tuned(network, task: task, classes: classes, request))
  }
}

extension TunableModel {
  /// The same network, for rows that steps prepare first.
  package func prepared(by preparation: Preparation) -> TunableModel {
    var prepared = TunableModel(
      network: network, reader: PreparedReader(preparation, reader), inputs: inputs,
      read: { try self.read(preparation.apply($0)) }, data: data)
    prepared.unseenFeatures = unseenFeatures
    return prepared
  }
}
