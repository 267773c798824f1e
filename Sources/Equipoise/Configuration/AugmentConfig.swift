import Platform

/// Changes of the images that training sees.
public struct AugmentConfig: Configuration {
  public var flip = 0.0

  public init() {}

  public static let summary =
    "Changes of images in training, drawn anew for every step; prediction sees them as they are."
  public static let fields: [ConfigField<AugmentConfig>] = [
    ConfigField("flip", \.flip, in: 0...1, "The share of the images that are mirrored, left for right.")
  ]
}
