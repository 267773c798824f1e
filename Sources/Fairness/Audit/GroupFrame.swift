/// The groups of one attribute: metrics are computed for each group, and aggregated over the groups.
public struct GroupFrame: Sendable {
  /// "sex", or "sex,race" for an intersection.
  public let attribute: String
  public let names: [String]
  public let groups: [GroupSums]
  /// All rows together.
  public let overall: GroupSums
  /// The index of the reference (privileged) group in `names`; nil if there are no groups.
  public let reference: Int?
  public let zeroDivision: ZeroDivision
  /// The classes' names of a multiclass task; otherwise empty.
  let classes: [String]
  /// The same groups within each value of the attributes that the audit is conditional on.
  var strata: [GroupFrame] = []
  /// The attributes that the audit is conditional on.
  var conditions: [String] = []
  /// The names of the groups that are too small to be shown; none of them is in `names`.
  var withheld: [String] = []
  /// The attributes whose missing values form no group.
  var dropsMissing: Set<String> = []
  /// The references of `gaps` in addition to the four standard gaps.
  var compareWith: [GapReference] = []

  init(
    attribute: String, names: [String], groups: [GroupSums], overall: GroupSums, reference: String?,
    zeroDivision: ZeroDivision, classes: [String]
  ) {
    self.attribute = attribute
    self.names = names
    self.groups = groups
    self.overall = overall
    self.zeroDivision = zeroDivision
    self.classes = classes
    let sizes = groups.map(\.weight)
    self.reference =
      reference.flatMap { names.firstIndex(of: $0) } ?? sizes.max().flatMap { sizes.firstIndex(of: $0) }
  }

  /// The same groups with other sums and the same reference group.
  func replacing(groups: [GroupSums], overall: GroupSums) -> GroupFrame {
    GroupFrame(self, groups: groups, overall: overall)
  }

  private init(_ frame: GroupFrame, groups: [GroupSums], overall: GroupSums) {
    attribute = frame.attribute
    names = frame.names
    reference = frame.reference
    zeroDivision = frame.zeroDivision
    classes = frame.classes
    withheld = frame.withheld
    dropsMissing = frame.dropsMissing
    conditions = frame.conditions
    compareWith = frame.compareWith
    self.groups = groups
    self.overall = overall
  }

  /// The metric's value for each group; nil if it is undefined.
  public func values(_ metric: Metric) -> [Double?] {
    groups.map { metric.value($0).number(zeroDivision) }
  }

  /// The four gaps of a metric, followed by those of `compareWith`.
  public func gaps(_ metric: Metric) -> Gaps {
    let (values, overall) = (values(metric), metric.value(overall).number(zeroDivision))
    var gaps = Gaps(values, overall: overall, isSigned: metric.isSigned)
    if !compareWith.isEmpty { gaps.comparisons = comparisons(metric, values, overall: overall) }
    return gaps
  }

  /// The reference group, and all other groups merged (without distributions, which the callers do not read);
  /// nil if there are no other groups.
  func referenceAndOthers() -> (reference: GroupSums, others: GroupSums)? {
    guard let reference, groups.indices.contains(reference), groups.count > 1 else { return nil }
    var others = GroupSums(rows: 0)
    for (index, group) in groups.enumerated() where index != reference {
      var sums = group
      sums.distribution = nil
      others.add(sums)
    }
    return (groups[reference], others)
  }

  /// The binary frames of a multiclass frame: each class against all others.
  var binaryFrames: [GroupFrame] {
    guard !classes.isEmpty else { return [self] }
    return classes.indices.map { index in
      GroupFrame(
        attribute: attribute, names: names, groups: groups.map { $0.oneVersusRest(index) },
        overall: overall.oneVersusRest(index),
        reference: reference.flatMap { names.indices.contains($0) ? names[$0] : nil },
        zeroDivision: zeroDivision, classes: [])
    }
  }
}
