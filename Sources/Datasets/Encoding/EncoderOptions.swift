import Platform

/// How raw columns are converted to inputs of a network.
public struct EncoderOptions: Configuration {
  public enum Scale: String, ConfigChoice, Sendable { case standardize, minmax, none, piecewise }
  public enum Impute: String, ConfigChoice, Sendable { case mean, median, mode, constant }
  public enum Unseen: String, ConfigChoice, Sendable {
    case zeros
    case ownSlot = "own_slot"
  }

  public var scale = Scale.standardize
  public var pieces = 32
  public var impute = Impute.mean
  public var constant = 0.0
  public var indicator = true
  public var unseen = Unseen.zeros
  public var missingCategory = true
  public var maxOneHot = 64
  public var minFrequency = 1
  public var columns = ConfigMap<ColumnEncoderOptions>()

  public init() {}

  public static let summary = "How raw columns become a network's inputs; learnt from training rows only."
  public static let fields: [ConfigField<EncoderOptions>] = [
    ConfigField(
      "scale", \.scale,
      "Numbers: to mean 0 and population deviation 1, to 0 to 1, as they are, or standardized with further "
        + "inputs for pieces of the range, which lets a network see steps and bends."),
    ConfigField("pieces", \.pieces, in: 2...1024, "Of scale piecewise: about how many."),
    ConfigField("impute", \.impute, "What stands for a missing number, from the rows that have one."),
    ConfigField("constant", \.constant, "The number that impute: constant takes."),
    ConfigField("indicator", \.indicator, "A further 0/1 input for columns of numbers with missing values."),
    ConfigField(
      "unseen", \.unseen, "Categories that training has not seen: all slots zero, or a slot for them."),
    ConfigField(
      "missing_category", \.missingCategory,
      "Whether missing is a category of its own where training has seen it; else it counts as unseen."),
    ConfigField(
      "max_one_hot", \.maxOneHot, in: 1...65536,
      "Columns with more categories become one index, for an embedding."),
    ConfigField(
      "min_frequency", \.minFrequency, in: 1...Int.max,
      "Categories in fewer training rows share a slot, with those that training has not seen."),
    ConfigField("columns", \.columns, "What differs for single columns, by name."),
  ]

  func options(for column: String) -> EncoderOptions {
    guard let own = columns[column] else { return self }
    var result = self
    result.scale = own.scale ?? scale
    result.impute = own.impute ?? (own.constant == nil ? impute : .constant)
    result.constant = own.constant ?? constant
    result.indicator = own.indicator ?? indicator
    result.unseen = own.unseen ?? unseen
    result.missingCategory = own.missingCategory ?? missingCategory
    result.maxOneHot = own.maxOneHot ?? maxOneHot
    result.minFrequency = own.minFrequency ?? minFrequency
    return result
  }
}

/// Options for one column; nil: as for all columns.
public struct ColumnEncoderOptions: Configuration {
  public enum Kind: String, ConfigChoice, Sendable { case auto, number, category }

  public var kind = Kind.auto
  public var scale: EncoderOptions.Scale?
  public var impute: EncoderOptions.Impute?
  public var constant: Double?
  public var indicator: Bool?
  public var unseen: EncoderOptions.Unseen?
  public var missingCategory: Bool?
  public var maxOneHot: Int?
  public var minFrequency: Int?

  public init() {}

  public static let summary = "How one column becomes inputs; null: as all columns."
  public static let fields: [ConfigField<ColumnEncoderOptions>] = [
    ConfigField("kind", \.kind, "What the column holds; auto: text is categories, the rest numbers."),
    ConfigField("scale", \.scale, "Numbers: to mean 0 and deviation 1, to 0 to 1, or as they are."),
    ConfigField("impute", \.impute, "What stands for a missing number."),
    ConfigField("constant", \.constant, "The number that stands for a missing one."),
    ConfigField("indicator", \.indicator, "A further 0/1 input where numbers are missing."),
    ConfigField("unseen", \.unseen, "Categories that training has not seen."),
    ConfigField("missing_category", \.missingCategory, "Whether missing is a category of its own."),
    ConfigField("max_one_hot", \.maxOneHot, in: 1...65536, "With more categories, one index."),
    ConfigField("min_frequency", \.minFrequency, in: 1...Int.max, "Rarer categories share a slot."),
  ]
}
