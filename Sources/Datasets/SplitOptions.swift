import Platform

/// How a dataset is split into parts.
public struct SplitOptions: Configuration {
  public var fractions: [Double] = []
  public var folds: Int?
  public var stratify: [String] = []
  public var group: String?
  public var seed = 0
  public var shuffle = true

  public init() {}

  public static let summary = "How a dataset is divided: by fractions, or into folds."
  public static let fields: [ConfigField<SplitOptions>] = [
    ConfigField("fractions", \.fractions, "The share of the rows in each part. The sum is at most 1."),
    ConfigField(
      "folds", \.folds, in: 2...1_000_000,
      "The number of parts of equal size, instead of fractions."),
    ConfigField(
      "stratify", \.stratify,
      "Columns whose categories, and combinations of categories, have the same shares in each part."),
    ConfigField("group", \.group, "A column whose rows with the same value stay in one part; null for none."),
    ConfigField("seed", \.seed, "The seed of random choices. The same seed gives the same parts."),
    ConfigField(
      "shuffle", \.shuffle,
      "Whether rows are assigned at random; otherwise in the order of the file."),
  ]

  public func validate(at pointer: String) throws {
    guard folds == nil || fractions.isEmpty else {
      throw Failure.invalidConfig("fractions and folds exclude one another", at: "\(pointer)/folds")
    }
    for (index, fraction) in fractions.enumerated() where !(fraction > 0 && fraction <= 1) {
      throw Failure.invalidConfig(
        "\(fraction) is not a share; above 0 to 1 is accepted", at: "\(pointer)/fractions/\(index)")
    }
    let total = fractions.reduce(0, +)
    guard total <= 1 + 1e-9 else {
      throw Failure.invalidConfig(
        "the fractions add up to \((total * 1e9).rounded() / 1e9); at most 1 is accepted",
        at: "\(pointer)/fractions")
    }
  }

  /// The share of each part.
  func shares() throws -> [Double] {
    if let folds { return [Double](repeating: 1 / Double(folds), count: folds) }
    guard !fractions.isEmpty else {
      throw Failure.invalidConfig("fractions or folds are needed", at: "/fractions")
    }
    return fractions
  }
}
