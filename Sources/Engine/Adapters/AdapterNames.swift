import Platform

/// Which of a network's parameters adapters brought.
public enum AdapterNames {
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
