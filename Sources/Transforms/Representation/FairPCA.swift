import Datasets
import Platform

/// Principal components among the directions in which the means of all groups are equal (Kleindessner,
/// Donini, Russell and Zafar 2023, "Efficient fair PCA for fair representation learning", algorithm 1): U
/// maximizes the variance of X · U subject to
///
///     Zᵀ · X · U = 0          Z: the centred group indicators, X: the centred inputs
///
/// The numeric inputs are replaced by the columns fair_pca_1, fair_pca_2 …
public struct FairPCA: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var components: Int?
  var variance = 0.95
  var scaled = true

  public init() {}

  public static let name = "fair_pca"
  public static let summary =
    "Replaces numbers by their principal components among the directions in which the groups' means are "
    + "the same (Kleindessner et al. 2023)."
  public static let fields: [ConfigField<FairPCA>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField(
      "columns", \.columns, "The columns that become components. Default: all inputs that are numbers."),
    ConfigField(
      "components", \.components, in: 1...2000,
      "The number of components. Default: by \"variance\"."),
    ConfigField(
      "variance", \.variance, in: 0...1,
      "The minimum share of the variance in these directions that the components retain."),
    ConfigField("scaled", \.scaled, "Whether numbers are first divided by their standard deviations."),
  ]

  static let prefix = "fair_pca_"
  private static let mostColumns = 600

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let groups = try rows.groups(attributes, at: work.pointer)
    let chosen = try rows.numberColumns(columns, work)
    guard !chosen.isEmpty, chosen.count <= Self.mostColumns else {
      throw work.invalid(
        "columns", "\(chosen.count) columns of numbers are chosen; 1 to \(Self.mostColumns) are accepted")
    }
    if let taken = rows.dataset.names.first(where: { $0.hasPrefix(Self.prefix) }) {
      throw work.invalid("", "there is a column \"\(taken)\" already; components need these names")
    }
    for column in chosen { try FeatureMatrix.requireComplete(column, work) }
    let size = chosen.count
    let moments = try chosen.map { Moments(try $0.doubles()) }
    guard moments.allSatisfy({ $0.mean.isFinite && $0.deviation.isFinite }) else {
      throw Failure.invalidData("a column of \(work.pointer) has infinite values")
    }
    let scales = moments.map { scaled && $0.deviation > 0 ? $0.deviation : 1 }
    let (products, means) = try sums(chosen, moments, scales, groups, rows)
    // The remaining directions: those orthogonal to the differences of the groups' means.
    let basis = Self.orthogonal(to: means, size: size)
    guard !basis.isEmpty else {
      throw work.invalid(
        "columns",
        "\(groups.names.count) groups' means span all \(size) columns; no direction is left in which they agree"
      )
    }
    let width = basis.count
    var reduced = try [Double].filled(with: 0, count: width * width, for: "components")
    let images = basis.map { direction in
      (0..<size).map { i in (0..<size).reduce(0) { $0 + products[i * size + $1] * direction[$1] } }
    }
    for i in 0..<width {
      for j in 0..<width {
        reduced[i * width + j] = (0..<size).reduce(0) { $0 + basis[i][$1] * images[j][$1] }
      }
    }
    let eigen = try SymmetricEigen(reduced, size: width)
    let count = min(width, components ?? Self.enough(eigen.values, share: variance))
    if let components, components > width {
      work.note(
        "\(width) directions are left in which the groups' means agree, so that there are \(width) components"
      )
    }
    let directions = (0..<count).map { place in
      (0..<size).map { j in (0..<width).reduce(0) { $0 + eigen.vectors[place][$1] * basis[$1][j] } }
    }
    let fitted = ProjectedColumns(
      columns: chosen.map(\.name), means: moments.map(\.mean), scales: scales, directions: directions,
      variances: Array(eigen.values.prefix(count)))
    try fitted.apply(&rows)
    return fitted
  }

  /// The covariance of the scaled columns, and the mean of each group.
  private func sums(
    _ columns: [Column], _ moments: [Moments], _ scales: [Double], _ groups: GroupCodes, _ rows: TransformRows
  ) throws -> (products: [Double], means: [[Double]]) {
    let size = columns.count
    let numbers = try columns.map { try $0.doubles() }
    var products = try [Double].filled(with: 0, count: size * size, for: "components")
    var means = [[Double]](repeating: [Double](repeating: 0, count: size), count: groups.names.count)
    var weights = [Double](repeating: 0, count: groups.names.count)
    var total = 0.0
    var row = [Double](repeating: 0, count: size)
    for index in 0..<rows.count {
      if index % 4096 == 0 { try HostCall.check() }
      let weight = rows.weight(index)
      total += weight
      for j in 0..<size { row[j] = (numbers[j].pointer[index] - moments[j].mean) / scales[j] }
      for i in 0..<size { for j in 0...i { products[i * size + j] += weight * row[i] * row[j] } }
      let group = Int(groups.codes.pointer[index])
      if group >= 0 {
        weights[group] += weight
        for j in 0..<size { means[group][j] += weight * row[j] }
      }
    }
    for i in 0..<size {
      for j in 0...i {
        products[i * size + j] /= max(total, .leastNormalMagnitude)
        products[j * size + i] = products[i * size + j]
      }
    }
    for group in means.indices where weights[group] > 0 {
      for j in 0..<size { means[group][j] /= weights[group] }
    }
    // All means are equal if their differences from the first group's mean are 0.
    let present = means.indices.filter { weights[$0] > 0 }
    return (
      products,
      present.dropFirst().map { group in (0..<size).map { means[group][$0] - means[present[0]][$0] } }
    )
  }

  /// An orthonormal basis of the space orthogonal to the vectors, by Gram-Schmidt.
  private static func orthogonal(to vectors: [[Double]], size: Int) -> [[Double]] {
    var taken: [[Double]] = []
    func remainder(_ vector: [Double]) -> [Double]? {
      var rest = vector
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Orthogonalized twice, to remove the remainder left by rounding.
      for _ in 0..<2 {
        for other in taken {
          let share = zip(rest, other).reduce(0) { $0 + $1.0 * $1.1 }
          for j in rest.indices { rest[j] -= share * other[j] }
        }
      }
      let left = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return left > 1e-8 * max(length, .leastNormalMagnitude) && left > 1e-12 ? rest.map { $0 / left } : nil
    }
    for vector in vectors { if let own = remainder(vector) { taken.append(own) } }
    let apart = taken.count
    for axis in 0..<size {
      var unit = [Double](repeating: 0, count: size)
      unit[axis] = 1
      if let own = remainder(unit) { taken.append(own) }
    }
    return Array(taken.dropFirst(apart).prefix(size - apart))
  }

  private static func enough(_ values: [Double], share: Double) -> Int {
    let total = values.reduce(0) { $0 + max(0, $1) }
    var sum = 0.0
    for (place, value) in values.enumerated() {
      sum += max(0, value)
      if sum >= share * total { return place + 1 }
    }
    return max(1, values.count)
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try ProjectedColumns(from: &reader)
  }
}
