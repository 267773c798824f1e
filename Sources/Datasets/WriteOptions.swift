import Platform

/// How a dataset is written to a file.
public struct WriteOptions: Configuration {
  public var format = OpenOptions.Format.auto
  public var delimiter: String?
  public var header = true
  public var missing: String?
  public var formulas = Formulas.keep

  public enum Formulas: String, ConfigChoice, Sendable { case keep, quote }

  public init() {}

  public static let summary = "How a dataset is written to a file."
  public static let fields: [ConfigField<WriteOptions>] = [
    ConfigField("format", \.format, "The format. auto: by the file's extension, also before .gz."),
    ConfigField("delimiter", \.delimiter, "The separator of cells. null: a comma, or a tab for tsv."),
    ConfigField("header", \.header, "Whether the first record names the columns."),
    ConfigField(
      "missing", \.missing,
      "The text for a missing value. null: an empty cell, or NA in a table of one column (where a blank "
        + "line is not a row)."),
    ConfigField(
      "formulas", \.formulas,
      "How texts are written that a spreadsheet would run as a formula, because they begin with =, +, -, "
        + "@, a tab or a carriage return. keep: unchanged; quote: with an apostrophe before them. For CSV and "
        + "TSV only; columns of numbers are never changed."
    ),
  ]

  public func validate(at pointer: String) throws {
    guard let delimiter else { return }
    let bytes = Array(delimiter.utf8)
    guard bytes.count == 1, bytes[0] < 0x80, ![0, 10, 13, 34].contains(bytes[0]) else {
      throw Failure.invalidConfig(
        "one ASCII character is accepted, no line end and no quote", at: "\(pointer)/delimiter")
    }
  }
}
