extension FairnessMeasure {
  /// All measures; a new one is added here.
  public static let all: [FairnessMeasure] =
    demographicParity + equalOpportunity + equalizedOdds + predictiveParity
    + [
      accuracyDifference, statisticalParityDifference, disparateImpact,
      truePositiveRateDifference, averageOddsDifference, averageAbsoluteOddsDifference,
      averagePredictiveValueDifference,
      errorRateDifference, errorRateRatio, falseDiscoveryRateDifference, falseOmissionRateDifference,
      generalizedEqualizedOddsDifference, betweenGroupTheilIndex, smoothedDifferentialFairness,
      differentialFairnessBiasAmplification, meanPredictionDifference, boundedGroupLoss,
      equalizedOddsDistance, cohensD, cohensH, demographicDisparity, conditionalDemographicDisparity,
      conditionalDemographicParity, calibrationWithinGroups, zScoreDifference, zScoreRatio, biasAmplification,
      directionalBiasAmplification, scoringRateRatio,
    ] + predictiveEquality + treatmentEquality + conditionalUseAccuracy + errorParity + classBalance
    + areaBetweenROC + kolmogorovSmirnov + wasserstein + areaBetweenCumulativeCurves
    + areaBetweenDensityCurves + totalVariationParity + classMeans + withNumbers
}
