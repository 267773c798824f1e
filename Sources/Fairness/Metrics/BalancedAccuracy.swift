extension Metric {
  /// The mean over the classes of P(ŷ = c | y = c) (Brodersen et al. 2010); for two classes (TPR + TNR) / 2.
  ///
  /// A class without labels leaves it undefined; scikit-learn's convention is the mean over the others.
  static let balancedAccuracy = Metric(
    "balanced_accuracy", "Mean over the classes of the share that is decided right.", better: .higher,
    of: .confusion
  ) { table in
    var recalls: [Double] = []
    for label in 0..<table.classes where table.labelled(label) > 0 {
      recalls.append(table.weight(label: label, decision: label) / table.labelled(label))
    }
    guard !recalls.isEmpty else { return .undefined(reason: "no rows", conventional: 0) }
    let mean = recalls.reduce(0, +) / Double(recalls.count)
    guard recalls.count < table.classes else { return .defined(mean) }
    return .undefined(reason: "a class has no labels", conventional: mean)
  }
}
