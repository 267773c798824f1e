import Platform

/// Small trainable parts beside frozen weights.
public struct AdapterConfig: Configuration {
  public enum Kind: String, ConfigChoice, Sendable { case lora, bitfit }

  public var kind = Kind.lora
  public var rank = 8
  public var alpha = 16.0
  public var dropout = 0.0
  public var targets = ["*query.weight", "*value.weight", "*q_lin.weight", "*v_lin.weight", "*c_attn.weight"]
  public var trainsHead = true

  public init() {}

  public static let summary =
    "Trains small parts beside frozen weights: low-rank matrices (lora, Hu et al. 2022) or the biases alone (bitfit, "
    + "Ben Zaken et al. 2022)."
  public static let fields: [ConfigField<AdapterConfig>] = [
    ConfigField("kind", \.kind, "What is trained in the place of the weights."),
    ConfigField("rank", \.rank, in: 1...4096, "Of lora's matrices."),
    ConfigField("alpha", \.alpha, in: 0...1e6, "Of lora: their product counts alpha / rank."),
    ConfigField("dropout", \.dropout, in: 0...0.999, "Of lora: of what its matrices read, in training."),
    ConfigField(
      "targets", \.targets,
      "Of lora: patterns of the weights that get matrices, * being any text. Default: queries and values."),
    ConfigField("trains_head", \.trainsHead, "Whether the classifier is trained, too."),
  ]

  /// Whether a parameter is trained.
  func trains(_ name: String, prefix: String) -> Bool {
    if name.hasSuffix(".lora_A.weight") || name.hasSuffix(".lora_B.weight") { return true }
    if kind == .bitfit, name.hasSuffix(".bias") { return true }
    return trainsHead && !name.hasPrefix(prefix)
  }
}
