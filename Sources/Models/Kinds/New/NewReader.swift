import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// The reader of an architecture without weights; tuning chooses its columns.
final class NewReader: ModelKind, @unchecked Sendable {
  static let name = "new"
  static let recordedKeys: Set<String> = ["architecture"]

  let architecture: ArchitectureConfig

  var inputNames: [String] { [] }
  var featureCount: Int { 0 }
  var describedInputs: [JSONValue] { [] }
  var recorded: [JSONValue.Member] { [.init("architecture", architecture.encoded)] }

  init(_ architecture: ArchitectureConfig) { self.architecture = architecture }

  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind
  {
    throw Failure.invalidModel("its record has a network and an architecture that waits for one")
  }

  static func restored(_ recorded: JSONValue, _ record: ModelRecord) throws -> Model? {
    guard let json = recorded["architecture"], json != .null else { return nil }
    return try Model.make(ArchitectureConfig.decoded(json, at: "/architecture"))
  }

  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    throw Untrained.failure
  }

  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    throw Untrained.failure
  }

  // MARK: Tuning

  var settings: Set<KindSetting> { architecture.kind == .trees ? [.trees] : [.head] }

  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel
  {
    if architecture.kind == .trees { return try NewTrees.tunable(rows, labelled.labels.task, request) }
    let data = request.data
    var options = request.encoding
    if data.sensitiveAsInput {
      // A sensitive code such as 0 or 1 is a category, not a quantity.
      for column in data.sensitive where column.bins == nil && options.columns[column.name] == nil {
        var own = ColumnEncoderOptions()
        own.kind = .category
        options.columns.entries.append((column.name, own))
      }
    }
    let encoder = try TableEncoder.fitted(to: rows, data.inputColumns(of: rows), options)
    var network = try architecture.network(for: encoder, task: labelled.labels.task, labels: labelled.labels)
    // A new network has no earlier batch statistics.
    network.graph = network.graph.withBatchStatistics(true)
    return try TableReader(encoder, network).tunable(network, rows, request)
  }

  func effort(of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest) -> (
    kind: TrainedKind, isNew: Bool
  ) {
    if architecture.kind == .trees { return (.leaves, false) }
    return (architecture.kind == .mlp && !architecture.hidden.isEmpty ? .newNetwork : .newLinear, true)
  }

  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    throw Failure.internal("a network without an encoder")
  }
}
