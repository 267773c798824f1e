/// The groups of one attribute, side by side: metrics are read of each, aggregations across them.
public struct GroupFrame: Sendable {
  /// "sex", or "sex,race" for an intersection.
  public let attribute: String
  public let names: [String]
  public let groups: [GroupSums]
  /// All rows together.
  public let overall: GroupSums
  /// The reference (privileged) group's place in `names`; nil if there are no groups.
  public let reference: Int?
  public let zeroDivision: ZeroDivision
  /// The classes' names of a multiclass task; else empty.
  let classes: [String]
  /// The same groups within each value of the attributes that the audit is conditional on.
  var strata: [GroupFrame] = []
  /// Those attributes.
  var conditions: [String] = []
  /// The names of the groups that are too small to be shown; none of them is in `names`.
  var withheld: [String] = []
  /// The attributes whose missing values make no group.
  var dropsMissing: Set<String> = []
  /// What `gaps` compares with beside the four.
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

  /// The same groups with other sums; the reference group stays.
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

  /// A metric of each group; nil where it has no value.
  public func values(_ metric: Metric) -> [Double?] {
    groups.map { metric.value($0).number(zeroDivision) }
  }

  /// The four aggregations of a metric, and those of `compareWith`.
  public func gaps(_ metric: Metric) -> Gaps {
    let (values, overall) = (values(metric), metric.value(overall).number(zeroDivision))
    var gaps = Gaps(values, overall: overall, isSigned: metric.isSigned)
    if !compareWith.isEmpty { gaps.comparisons = comparisons(metric, values, overall: overall) }
    return gaps
  }

  /// The reference group and all others pooled, without distributions, which nothing reads of them; nil if
  /// there are no others.
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

  /// Each class against the rest: the frames of two classes that a multiclass frame is read as.
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
