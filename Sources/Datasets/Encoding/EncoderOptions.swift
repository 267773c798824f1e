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

  public static let summary =
    "How raw columns become a network's inputs. It is learnt from the training rows only."
  public static let fields: [ConfigField<EncoderOptions>] = [
    ConfigField(
      "scale", \.scale,
      "The scale of numbers. standardize: mean 0 and population standard deviation 1; minmax: from 0 to "
        + "1; none: unchanged; piecewise: standardized, with further inputs for pieces of the range, so that "
        + "a network can represent steps and bends."),
    ConfigField(
      "pieces", \.pieces, in: 2...1024,
      "For the scale piecewise, the approximate number of pieces."),
    ConfigField(
      "impute", \.impute,
      "The value that replaces a missing number, computed from the rows that have one."),
    ConfigField("constant", \.constant, "The number for \"impute\": \"constant\"."),
    ConfigField(
      "indicator", \.indicator,
      "Whether a further 0/1 input is added for columns of numbers with missing values."),
    ConfigField(
      "unseen", \.unseen,
      "How categories that did not occur in training are encoded: all slots are zero, or they have a "
        + "separate slot."),
    ConfigField(
      "missing_category", \.missingCategory,
      "Whether a missing value is a separate category, if it occurred in training; otherwise it counts "
        + "as unseen."),
    ConfigField(
      "max_one_hot", \.maxOneHot, in: 1...65536,
      "The maximum number of categories for one-hot encoding. Columns with more categories become one "
        + "index, for an embedding."),
    ConfigField(
      "min_frequency", \.minFrequency, in: 1...Int.max,
      "Categories in fewer training rows share one slot with those that did not occur in training."),
    ConfigField("columns", \.columns, "Settings for single columns, by name."),
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

  public static let summary = "How one column becomes inputs. null: the same as for all columns."
  public static let fields: [ConfigField<ColumnEncoderOptions>] = [
    ConfigField(
      "kind", \.kind,
      "The kind of values in the column. auto: text is categories, anything else numbers."),
    ConfigField(
      "scale", \.scale,
      "The scale of numbers. standardize: mean 0 and standard deviation 1; minmax: from 0 to 1; none: "
        + "unchanged; piecewise: standardized, with further inputs for pieces of the range."),
    ConfigField("impute", \.impute, "The value that replaces a missing number."),
    ConfigField("constant", \.constant, "The number that replaces a missing one."),
    ConfigField("indicator", \.indicator, "Whether a further 0/1 input is added if numbers are missing."),
    ConfigField("unseen", \.unseen, "How categories that did not occur in training are encoded."),
    ConfigField("missing_category", \.missingCategory, "Whether a missing value is a separate category."),
    ConfigField(
      "max_one_hot", \.maxOneHot, in: 1...65536,
      "The maximum number of categories for one-hot encoding."),
    ConfigField(
      "min_frequency", \.minFrequency, in: 1...Int.max,
      "Categories in fewer training rows share one slot."),
  ]
}
