import Platform

/// The analyses that an audit adds to its report, one section each; nil: not requested.
public struct AnalysisSelection {
  public var individual: IndividualConfig?
  public var subgroups: SubgroupsConfig?
  public var ranking: RankingConfig?
  public var identityTerms: IdentityTermsConfig?
  public var tokens: TokensConfig?
  public var dataChecks: DataChecksConfig?
  public var continuous: ContinuousConfig?
  public var multilabel: MultilabelConfig?
  public var groupProbabilities: GroupProbabilitiesConfig?
  public var topK: TopKConfig?

  public init() {}

  package var isEmpty: Bool {
    individual == nil && subgroups == nil && ranking == nil && identityTerms == nil && tokens == nil
      && dataChecks == nil && continuous == nil && multilabel == nil && groupProbabilities == nil
      && topK == nil
  }

  /// The JSON pointer of the first requested section; "" if there is none.
  package var firstPointer: String {
    let sections: [(String, Bool)] = [
      ("individual", individual != nil), ("subgroups", subgroups != nil), ("ranking", ranking != nil),
      ("identity_terms", identityTerms != nil), ("tokens", tokens != nil), ("data_checks", dataChecks != nil),
      ("continuous", continuous != nil), ("multilabel", multilabel != nil),
      ("group_probabilities", groupProbabilities != nil), ("top_k", topK != nil),
    ]
    return sections.first(where: \.1).map { "/\($0.0)" } ?? ""
  }

  /// The fields of a configuration that stores the selection at `path`.
  static func fields<Owner: Configuration>(at path: WritableKeyPath<Owner, AnalysisSelection>)
    -> [ConfigField<Owner>]
  {
    [
      ConfigField("individual", path.appending(path: \.individual), IndividualConfig.summary),
      ConfigField("subgroups", path.appending(path: \.subgroups), SubgroupsConfig.summary),
      ConfigField("ranking", path.appending(path: \.ranking), RankingConfig.summary),
      ConfigField("identity_terms", path.appending(path: \.identityTerms), IdentityTermsConfig.summary),
      ConfigField("tokens", path.appending(path: \.tokens), TokensConfig.summary),
      ConfigField("data_checks", path.appending(path: \.dataChecks), DataChecksConfig.summary),
      ConfigField("continuous", path.appending(path: \.continuous), ContinuousConfig.summary),
      ConfigField("multilabel", path.appending(path: \.multilabel), MultilabelConfig.summary),
      ConfigField(
        "group_probabilities", path.appending(path: \.groupProbabilities), GroupProbabilitiesConfig.summary),
      ConfigField("top_k", path.appending(path: \.topK), TopKConfig.summary),
    ]
  }
}
