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

  public static let summary = "What the data show before any model; needs neither decisions nor scores."
  public static let fields: [ConfigField<DataChecksConfig>] = [
    ConfigField(
      "population", \.population,
      "Shares of groups in a reference population: {\"sex\": {\"female\": 0.51, \"male\": 0.49}}."),
    ConfigField("proxies", \.proxies, "Whether to look for inputs that tell the sensitive attributes."),
    ConfigField("include", \.include, "The columns to look at. Default: the inputs that \"data\" gives."),
    ConfigField("bins", \.bins, in: 2...1000, "Bins of numbers, with alike many rows each."),
    ConfigField("epochs", \.epochs, in: 0...10_000, "Of the logistic model of all inputs; 0: no model."),
    ConfigField("seed", \.seed, in: 0...Int.max, "Of the halves that proxies are learnt and measured on."),
  ]
}
