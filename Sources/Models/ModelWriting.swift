import Configurations
import Datasets
import Formats
import Platform

/// How models of a kind are written and read again.
package protocol ModelWriting {
  /// The name of the kind in a record.
  static var name: String { get }

  /// What a record keeps of the reader, beside the kind's name.
  var recorded: [JSONValue.Member] { get }

  /// The members that `recorded` may have.
  static var recordedKeys: Set<String> { get }

  /// The reader that wrote `recorded`.
  ///
  /// - Parameters:
  ///   - network: that it reads for.
  ///   - data: what the columns mean.
  /// - Throws: `invalidModel` for a record that is broken, or whose model is not kept in such files.
  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind

  /// The format in which a model is saved.
  ///
  /// - Parameter asked: auto: the one that the path's ending names.
  /// - Throws: `unsupported` for a format that does not hold models of this kind.
  func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format

  /// Writes a model in a format that `format` gave.
  func write(
    _ model: Model, as format: LoadOptions.Format, _ options: SaveOptions, named name: String,
    to sink: any FileSink
  ) throws

  /// The columns that an ONNX file of the model takes, or none where it takes the network's inputs.
  ///
  /// - Throws: `invalidConfig` where columns are asked for and there are none.
  func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn]
}

// What kinds that read numbers answer.
extension ModelWriting {
  package var recorded: [JSONValue.Member] { [] }
  package static var recordedKeys: Set<String> { [] }

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
