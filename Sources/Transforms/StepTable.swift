/// All steps that a configuration can name.
public enum StepTable {
  public static let all: [any TransformStep.Type] = [
    // Weights.
    Reweighing.self, InversePropensity.self, LabelBalance.self, Prevalence.self,
    // Resampling.
    RandomOverSampling.self, RandomUnderSampling.self, PreferentialSampling.self,
    SMOTE.self, SMOTENominalContinuous.self, SMOTENominal.self, BorderlineSMOTE.self, SVMSMOTE.self,
    ADASYN.self,
    TomekLinks.self, EditedNearestNeighbours.self, SMOTETomek.self, SMOTEEdited.self, NearMiss.self,
    ClusterCentroids.self,
    // Labels.
    Massaging.self,
    // Cleaning.
    Imputation.self, Standardization.self, Clipping.self, ConstantColumns.self, Duplicates.self,
    NearDuplicateTexts.self,
    // Representation.
    DisparateImpactRemover.self, CorrelationRemover.self, FairPCA.self, LearnedRepresentation.self,
    OptimizedPreprocessing.self,
    // Synthesis.
    GaussianCopula.self, ConditionalGAN.self, CounterfactualRows.self,
  ]

  static func type(named name: String) -> (any TransformStep.Type)? { all.first { $0.name == name } }
}
