extension FairnessMeasure {
  /// The largest mean squared error of a group: what bounded group loss bounds (Agarwal, Dudík and Wu 2019).
  static let boundedGroupLoss = FairnessMeasure(
    "bounded_group_loss", "Largest mean squared error of a group.", reads: .values
  ) { frame in
    guard let worst = frame.values(.meanSquaredError).compactMap({ $0 }).max() else {
      return .undefined(reason: "no group has a value")
    }
    return .defined(worst)
  }
}
