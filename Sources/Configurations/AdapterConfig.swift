import Engine
import Platform

/// Small trainable parts that are added to frozen weights.
public struct AdapterConfig: Configuration {
  public enum Kind: String, ConfigChoice, Sendable { case lora, adalora, bottleneck, prefix, bitfit }

  public var kind = Kind.lora
  public var rank = 8
  public var alpha = 16.0
  public var dropout = 0.0
  public var targets = [
    "*query.weight", "*value.weight", "*q_lin.weight", "*v_lin.weight", "*c_attn.weight",
    "*.query_proj.weight", "*.value_proj.weight",
  ]
  public var budget = RankBudgetConfig()
  public var reduction = 16
  public var activation = ArchitectureConfig.ActivationName.relu
  public var afterAttention = false
  public var tokens = 20
  public var trainsHead = true

  /// Whether ranks are reduced during training by a schedule over all steps.
  package var allocatesRanks: Bool { kind == .adalora }

  public init() {}

  public static let summary =
    "Trains small parts added to frozen weights: low-rank matrices (lora, Hu et al. 2022; adalora, which "
    + "allocates ranks to layers during training, Zhang et al. 2023), narrow networks in every layer "
    + "(bottleneck, Houlsby et al. 2019), keys and values before every text (prefix, Li and Liang 2021), or "
    + "only the biases (bitfit, Ben Zaken et al. 2022)."
  public static let fields: [ConfigField<AdapterConfig>] = [
    ConfigField("kind", \.kind, "The parts that are trained instead of the weights."),
    ConfigField(
      "rank", \.rank, in: 1...4096,
      "The rank of lora's matrices; for adalora, the mean rank over the layers after training."
    ),
    ConfigField(
      "alpha", \.alpha, in: 0...1e6,
      "For lora and adalora, their product is multiplied by alpha / rank (for adalora the initial "
        + "rank)."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.999,
      "For lora and adalora, the rate of dropout of their inputs, in training."),
    ConfigField(
      "targets", \.targets,
      "For lora and adalora, patterns of the names of the weights that get matrices; * matches any text. "
        + "Default: queries and values."
    ),
    ConfigField("budget", \.budget, "For adalora, how ranks are reduced."),
    ConfigField(
      "reduction", \.reduction, in: 1...65_536,
      "For bottleneck, the ratio of the layer's width to the adapter's."
    ),
    ConfigField("activation", \.activation, "For bottleneck, the activation."),
    ConfigField(
      "after_attention", \.afterAttention,
      "For bottleneck, whether an adapter also follows each layer's attention, and not only its "
        + "feed-forward network."
    ),
    ConfigField("tokens", \.tokens, in: 1...4096, "For prefix, the number of keys and values of each layer."),
    ConfigField("trains_head", \.trainsHead, "Whether the classifier is also trained."),
  ]

  /// Whether a parameter that does not belong to an adapter is trained.
  package func trains(_ name: String, isBias: Bool, prefix: String) -> Bool {
    kind == .bitfit && isBias || trainsHead && !name.hasPrefix(prefix)
  }
}
