import Platform

/// Recognizes, by name, the parameters that adapters have added to a network.
public enum AdapterNames {
  /// Whether a parameter's name is that of an adapter's parameter.
  public static func areOfAdapter(_ name: String) -> Bool {
    let low = LowRankAdapter.names
    let prefix = PrefixAdapter.names
    let ends = [
      ".\(low.a).weight", ".\(low.b).weight", "." + LowRankAdapter.singularValues, "." + prefix.key,
      "." + prefix.value,
    ]
    let bottleneck = BottleneckAdapter.names
    return ends.contains { name.hasSuffix($0) } || name.hasSubstring(".\(bottleneck.attention).")
      || name.hasSubstring(".\(bottleneck.feedForward).")
  }
}
