import Configurations
import Datasets
import Fairness
import Platform
import Transforms

/// Steps that change columns before a model reads them, learnt from its training rows. Immutable.
package struct Preparation: @unchecked Sendable {
  private let pipeline: Pipeline
  /// The columns that the steps read and change, as the training rows had them.
  package let inputs: [String]
  /// The attributes whose groups the steps use.
  private let sensitive: [SensitiveColumn]

  /// - Parameters:
  ///   - inputs: the input columns of the training rows before the steps.
  ///   - data: the meaning of the columns, with quantiles replaced by edges.
  package init(_ pipeline: Pipeline, inputs: [String], _ data: DataConfig) {
    self.pipeline = pipeline
    self.inputs = inputs
    sensitive = data.sensitive
  }

  /// Changes rows in the same way as the training rows. No row is added or dropped.
  ///
  /// - Throws: `invalidData` for rows without a column, or with a group, that the steps need.
  package func apply(_ dataset: Dataset) throws -> Dataset {
    for name in inputs where !dataset.contains(name) {
      throw Failure.invalidColumn(name, "is missing, but the model's steps read it")
    }
    let attributes = try sensitive.filter { dataset.contains($0.name) }.map { column in
      try Groups(dataset, column).coded(column)
    }
    var weight = "weight"
    while dataset.contains(weight) { weight = "row_" + weight }
    var rows = TransformRows(
      dataset, labels: nil, attributes: attributes, weights: nil, inputs: inputs,
      roles: TransformRows.Roles(label: nil, sensitive: sensitive.map(\.name), weight: weight))
    try pipeline.apply(&rows)
    return try rows.finished()
  }

  package var description: JSONValue { pipeline.description }

  // MARK: Record

  var json: JSONValue {
    var writer = ByteWriter()
    pipeline.write(to: &writer)
    return [
      "inputs": .strings(inputs), "sensitive": .array(sensitive.map(\.encoded)),
      "steps": .string(HexText.text(writer.bytes)),
    ]
  }

  /// - Throws: `invalidData` or `invalidConfig` for a malformed record.
  init(json: JSONValue) throws {
    inputs = try [String].decoded(json["inputs"] ?? .null, at: "/inputs")
    sensitive = try [SensitiveColumn].decoded(json["sensitive"] ?? .null, at: "/sensitive")
    guard let bytes = json["steps"]?.string.flatMap(HexText.bytes) else {
      throw Failure.invalidConfig("its steps are not hexadecimal digits", at: "/steps")
    }
    pipeline = try bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes, what: "the model's steps")
      let pipeline = try Pipeline(from: &reader)
      guard reader.isAtEnd else { throw reader.malformed("something follows the steps") }
      return pipeline
    }
  }
}
