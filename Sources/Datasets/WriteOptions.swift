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
    ConfigField("format", \.format, "The format; auto: by the file's extension, also before .gz."),
    ConfigField("delimiter", \.delimiter, "What stands between cells; null: a comma, for tsv a tab."),
    ConfigField("header", \.header, "Whether the first record names the columns."),
    ConfigField(
      "missing", \.missing,
      "What stands for no value; null: nothing, or NA in a table of one column (a blank line is no row)."),
    ConfigField(
      "formulas", \.formulas,
      "Texts that a spreadsheet would run as a formula (they begin with =, +, -, @, a tab or a carriage return): keep "
        + "writes them as they are, quote an apostrophe before them. Of CSV and TSV; columns of numbers are never changed."
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
