import Platform

/// The section "data_checks" of an audit.
public struct DataChecksConfig: Configuration {
  public var population = ConfigMap<ConfigMap<Double>>()
  public var proxies = true
  public var include: [String] = []
  public var bins = 10
  public var epochs = 20
  public var seed = 0

  public init() {}

  public static let summary = "Checks of the data before any model. They need neither decisions nor scores."
  public static let fields: [ConfigField<DataChecksConfig>] = [
    ConfigField(
      "population", \.population,
      "Shares of groups in a reference population: {\"sex\": {\"female\": 0.51, \"male\": 0.49}}."),
    ConfigField("proxies", \.proxies, "Whether to search for inputs that predict the sensitive attributes."),
    ConfigField("include", \.include, "The columns to check. Default: the inputs according to \"data\"."),
    ConfigField(
      "bins", \.bins, in: 2...1000,
      "The number of bins of a column of numbers, with about equal numbers of rows."),
    ConfigField(
      "epochs", \.epochs, in: 0...10_000,
      "The number of epochs of the logistic model of all inputs; 0 for no model."),
    ConfigField(
      "seed", \.seed, in: 0...Int.max,
      "The seed of the halves on which proxies are learnt and measured."),
  ]
}
