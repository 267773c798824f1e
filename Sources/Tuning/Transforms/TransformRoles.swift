import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

extension TransformRows {
  /// Reads the labels, groups and weights of rows as configured.
  ///
  /// - Parameters:
  ///   - labels: nil: the rows have none.
  ///   - weight: the column for learnt weights.
  /// - Throws: `invalidConfig`, `invalidData`, `outOfMemory`.
  init(_ dataset: Dataset, _ data: DataConfig, labels: Labels?, weight: String) throws {
    var classes: ClassCodes?
    if let labels, labels.task != .regression {
      classes = ClassCodes(names: labels.classes, codes: try labels.classNumbers())
    }
    let attributes = try data.sensitive.filter { dataset.contains($0.name) }.map { column in
      try Groups(dataset, column).coded(column)
    }
    self.init(
      dataset, labels: classes, attributes: attributes, weights: try Evaluation.weights(dataset, data.weight),
      inputs: try data.inputColumns(of: dataset, mayBeNone: true).filter { $0 != weight },
      roles: Roles(label: data.label, sensitive: data.sensitive.map(\.name), weight: weight))
  }
}

extension DataConfig {
  /// The column for learnt weights: the weight column, or else an unused name.
  func learntWeightColumn(in dataset: Dataset) -> String {
    if let weight { return weight }
    var name = "weight"
    while dataset.contains(name) { name = "row_" + name }
    return name
  }
}
