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
    "Trains small parts beside frozen weights: low-rank matrices (lora, Hu et al. 2022; adalora, whose ranks are allotted "
    + "to layers while they train, Zhang et al. 2023), narrow networks in every layer (bottleneck, Houlsby et al. 2019), "
    + "keys and values before every text (prefix, Li and Liang 2021), or the biases alone (bitfit, Ben Zaken et al. 2022)."
  public static let fields: [ConfigField<AdapterConfig>] = [
    ConfigField("kind", \.kind, "What is trained in the place of the weights."),
    ConfigField(
      "rank", \.rank, in: 1...4096, "Of lora's matrices; of adalora's, the mean over the layers that is left."
    ),
    ConfigField(
      "alpha", \.alpha, in: 0...1e6, "Of lora and adalora: their product counts alpha / (first) rank."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.999, "Of lora and adalora: of what their matrices read, in training."),
    ConfigField(
      "targets", \.targets,
      "Of lora and adalora: patterns of the weights that get matrices, * being any text. Default: queries and values."
    ),
    ConfigField("budget", \.budget, "Of adalora: how ranks are taken away."),
    ConfigField(
      "reduction", \.reduction, in: 1...65_536, "Of bottleneck: how many times narrower than the layer it is."
    ),
    ConfigField("activation", \.activation, "Of bottleneck."),
    ConfigField(
      "after_attention", \.afterAttention,
      "Of bottleneck: whether one follows each layer's attention, too, and not its feed-forward network alone."
    ),
    ConfigField("tokens", \.tokens, in: 1...4096, "Of prefix: the keys and values of each layer."),
    ConfigField("trains_head", \.trainsHead, "Whether the classifier is trained, too."),
  ]

  /// Whether a parameter is trained.
  package func trains(_ name: String, prefix: String) -> Bool {
    if AdapterNames.areOfAdapter(name) { return true }
    if kind == .bitfit, name.hasSuffix(".bias") { return true }
    return trainsHead && !name.hasPrefix(prefix)
  }
}
