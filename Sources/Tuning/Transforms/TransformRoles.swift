import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

extension TransformRows {
  /// Rows with their labels, groups and weights read as a configuration says.
  ///
  /// - Parameters:
  ///   - labels: nil: the rows have none.
  ///   - weight: the column that learnt weights go to.
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

extension Groups {
  /// The groups with rows without a value as a group of their own, unless the attribute drops them.
  fileprivate func coded(_ column: SensitiveColumn) throws -> GroupCodes {
    guard column.missing == .group, codes.elements.contains(where: { $0 < 0 }) else {
      return GroupCodes(attribute: column.name, names: names, codes: codes)
    }
    let own = try Buffer<Int32>(count: codes.count, for: "groups")
    for row in 0..<codes.count {
      own.pointer[row] = codes.pointer[row] < 0 ? Int32(names.count) : codes.pointer[row]
    }
    return GroupCodes(
      attribute: column.name, names: names + [SensitiveAttribute.missingGroup], codes: own)
  }
}

extension DataConfig {
  /// Quantiles of sensitive columns as the edges that they are in these rows, so that other rows are cut alike.
  func fixingQuantiles(in dataset: Dataset) throws -> DataConfig {
    var data = self
    for (index, column) in sensitive.enumerated()
    where column.quantiles != nil && dataset.contains(column.name) {
      data.sensitive[index].bins = try Groups.edges(dataset.column(column.name), column)
      data.sensitive[index].quantiles = nil
    }
    return data
  }

  /// The column that learnt weights go to: that of the weights, else one that is free.
  func learntWeightColumn(in dataset: Dataset) -> String {
    if let weight { return weight }
    var name = "weight"
    while dataset.contains(name) { name = "row_" + name }
    return name
  }
}
