// The statistics by name. y is the label and s the signal; the source is the publication that proposed the
// criterion based on the statistic.

extension GroupStatistic {
  /// E[s]: the selection rate when s is a probability (Dwork et al. 2012; Calders and Verwer 2010).
  public static let selectionRate = GroupStatistic(
    name: "selection_rate",
    numerator: { _ in (intercept: 0, slope: 1) },
    denominator: { _ in (intercept: 1, slope: 0) })

  /// E[s | y = 1]: the share of qualified rows that are selected (Hardt, Price and Srebro 2016).
  public static let truePositiveRate = GroupStatistic(
    name: "tpr",
    numerator: { label in (intercept: 0, slope: label) },
    denominator: { label in (intercept: label, slope: 0) })

  /// E[s | y = 0]: the share of unqualified rows that are selected (Hardt, Price and Srebro 2016).
  public static let falsePositiveRate = GroupStatistic(
    name: "fpr", direction: .lower,
    numerator: { label in (intercept: 0, slope: 1 - label) },
    denominator: { label in (intercept: 1 - label, slope: 0) })

  /// P(y = 1 | selected) (Chouldechova 2017).
  public static let precision = GroupStatistic(
    name: "precision", needsProbability: true,
    numerator: { label in (intercept: 0, slope: label) },
    denominator: { _ in (intercept: 0, slope: 1) })

  /// P(y = 1 | not selected) (Berk et al. 2018).
  public static let falseOmissionRate = GroupStatistic(
    name: "for", direction: .lower, needsProbability: true,
    numerator: { label in (intercept: label, slope: -label) },
    denominator: { _ in (intercept: 1, slope: -1) })

  /// P(decision = y) (Berk et al. 2018: overall accuracy equality).
  public static let accuracy = GroupStatistic(
    name: "accuracy", needsProbability: true,
    numerator: { label in (intercept: 1 - label, slope: 2 * label - 1) },
    denominator: { _ in (intercept: 1, slope: 0) })

  /// 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall.
  public static let f1 = GroupStatistic(
    name: "f1", needsProbability: true,
    numerator: { label in (intercept: 0, slope: 2 * label) },
    denominator: { label in (intercept: label, slope: 1) })

  /// FN / FP (Berk et al. 2018: treatment equality).
  public static let errorBalance = GroupStatistic(
    name: "treatment_equality", direction: .neither, needsProbability: true,
    numerator: { label in (intercept: label, slope: -label) },
    denominator: { label in (intercept: 0, slope: 1 - label) })
}
