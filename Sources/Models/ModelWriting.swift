import Configurations
import Datasets
import Formats
import Platform

/// How models of one kind are saved and loaded.
package protocol ModelWriting {
  /// The name of the kind in a record.
  static var name: String { get }

  /// The reader's data in a record, in addition to the kind's name.
  var recorded: [JSONValue.Member] { get }

  /// The valid keys of `recorded`.
  static var recordedKeys: Set<String> { get }

  /// Restores a reader from `recorded`.
  ///
  /// - Parameters:
  ///   - network: the network for which it reads.
  ///   - data: the meaning of the columns.
  /// - Throws: `invalidModel` for a damaged record, or a kind that is not stored in such files.
  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind

  /// The model of a record without a network; nil if models of this kind need one.
  ///
  /// - Throws: `invalidModel` if the record is malformed.
  static func restored(_ recorded: JSONValue, _ record: ModelRecord) throws -> Model?

  /// The format in which a model is saved.
  ///
  /// - Parameter asked: auto: the format follows from the path's ending.
  /// - Throws: `unsupported` for a format that cannot store models of this kind.
  func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format

  /// Writes a model in a format that `format` returned.
  func write(
    _ model: Model, as format: LoadOptions.Format, _ options: SaveOptions, named name: String,
    to sink: any FileSink
  ) throws

  /// The input columns of the model's ONNX file; empty if it takes the network's inputs.
  ///
  /// - Throws: `invalidConfig` if columns are requested and there are none.
  func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn]
}

// Defaults for kinds that read numbers.
extension ModelWriting {
  package var recorded: [JSONValue.Member] { [] }
  package static var recordedKeys: Set<String> { [] }
  package static func restored(_ recorded: JSONValue, _ record: ModelRecord) throws -> Model? { nil }

  package func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format
  {
    let format = asked == .auto ? model.format(forPath: path.lowercased()) : asked
    guard format != .huggingface, format != .peft else {
      throw Failure.unsupported(
        "only models of texts are saved as transformers' directories", at: "/format")
    }
    return format
  }

  package func write(
    _ model: Model, as format: LoadOptions.Format, _ options: SaveOptions, named name: String,
    to sink: any FileSink
  ) throws {
    try model.writeNetwork(as: format, options, named: name, to: sink)
  }

  package func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn] {
    guard form != .columns else {
      throw Failure.invalidConfig(
        "the model has no encoder, its inputs are the network's own; \"auto\" and \"encoded\" are accepted",
        at: "/inputs")
    }
    return []
  }
}
