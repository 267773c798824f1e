extension FairnessMeasure {
  /// Every measure; a new one is a line here.
  public static let all: [FairnessMeasure] =
    demographicParity + equalOpportunity + equalizedOdds
    + [
      predictiveParityDifference, accuracyDifference, statisticalParityDifference, disparateImpact,
      truePositiveRateDifference, averageOddsDifference, averageAbsoluteOddsDifference,
      errorRateDifference, errorRateRatio, falseDiscoveryRateDifference, falseOmissionRateDifference,
      generalizedEqualizedOddsDifference, betweenGroupTheilIndex, smoothedDifferentialFairness,
      differentialFairnessBiasAmplification, meanPredictionDifference, boundedGroupLoss,
    ]
}
