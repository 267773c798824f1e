import Datasets
import Platform

extension DataConfig {
  /// The input columns of a model without encoders: the included ones, or all columns without another
  /// meaning.
  ///
  /// - Parameter mayBeNone: whether an empty list is accepted.
  /// - Throws: `invalidConfig` for an unknown column, or if no column is left.
  package func inputColumns(of dataset: Dataset, mayBeNone: Bool = false) throws -> [String] {
    if !include.isEmpty {
      for (index, name) in include.enumerated() where !dataset.contains(name) {
        throw Failure.invalidConfig(
          "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: dataset.names))",
          at: "/data/include/\(index)")
      }
      return include
    }
    for (index, name) in exclude.enumerated() where !dataset.contains(name) {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: dataset.names))",
        at: "/data/exclude/\(index)")
    }
    var apart = Set(exclude)
    for name in [label, weight, text, textPair, prediction, score] { name.map { _ = apart.insert($0) } }
    if !sensitiveAsInput { for column in sensitive { apart.insert(column.name) } }
    let rest = dataset.names.filter { !apart.contains($0) }
    // In a dataset with images or other tensors, the remaining columns (such as file names) are not inputs.
    let tensors = Self.tensors(dataset, rest)
    let columns = tensors.isEmpty ? rest : tensors
    guard mayBeNone || !columns.isEmpty else {
      throw Failure.invalidConfig("no column is left as an input", at: "/data")
    }
    return columns
  }

  /// The names of the columns that hold tensors.
  package static func tensors(_ dataset: Dataset, _ names: [String]) -> [String] {
    names.filter { name in
      if case .tensor? = (try? dataset.column(name))?.values { true } else { false }
    }
  }
}
