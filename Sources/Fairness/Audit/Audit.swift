import Platform

/// Measures how a model's decisions treat groups of people.
public enum Audit {
  /// One pass over the rows, then every metric, gap and fairness measure.
  ///
  /// - Throws: `invalidConfig` for an unknown metric or reference group; the errors of `AuditSums.init`.
  public static func run(_ rows: AuditRows, _ options: AuditOptions = AuditOptions()) throws -> AuditResult {
    let choice = try AuditChoice(
      options, for: rows.task, scored: rows.hasScores, labelled: rows.hasLabels)
    let uncertain = options.uncertainty != nil
    let ranked = choice.readsRanks || choice.readsDistributions || uncertain && choice.readsScores
    return try report(AuditSums(rows, ranked: ranked, blocks: uncertain), options)
  }

  /// The report computed from sums: of one pass, or of several passes merged.
  ///
  /// - Throws: `invalidConfig` for an unknown metric or reference group.
  public static func report(_ sums: AuditSums, _ options: AuditOptions = AuditOptions()) throws -> AuditResult
  {
    let choice = try AuditChoice(options, for: sums.task, scored: sums.scored, labelled: sums.labelled)
    let (metrics, measures) = (choice.metrics, choice.measures)
    let (overall, frames) = sums.frames(
      distributions: choice.readsDistributions, dropping: options.dropsMissing)
    var notes = options.positive?.note.map { [$0] } ?? []
    if !choice.absent.isEmpty {
      let shown = choice.absent.prefix(6).joined(separator: ", ")
      let more = choice.absent.count > 6 ? " and \(choice.absent.count - 6) more" : ""
      notes.append(
        "there are no labels: metrics that compare decisions with them are left out (\(shown)\(more))")
    }
    let overallValues = metrics.map { metric in
      number(metric.value(overall), options, metric.name, "overall", &notes)
    }
    let names = sums.groupings.map(NameList.joined)
    for attribute in options.referenceGroups.keys.sorted() where !names.contains(attribute) {
      throw Failure.invalidConfig(
        "\"\(attribute)\" is not audited\(Suggestion.phrase(for: attribute, among: names))",
        at: "/reference")
    }
    let attributes = try zip(frames, names).map { frame, name in
      let reference = options.referenceGroups[name]
      if let reference, !frame.names.contains(reference) {
        throw Failure.invalidConfig(
          "\"\(reference)\" is not a group of \"\(name)\""
            + Suggestion.phrase(for: reference, among: frame.names), at: "/reference/\(name)")
      }
      let withheld = WithheldGroups(frame.names, frame.sums, total: overall.weight, options)
      if !withheld.names.isEmpty {
        notes.append("\(name): \(withheld.names.count) groups are too small to be shown or compared")
      }
      let (groupNames, groups) = (
        withheld.shown.map { frame.names[$0] }, withheld.shown.map { frame.sums[$0] }
      )
      var classes: [String] = []
      if case .multiclass(let names) = sums.task { classes = names }
      var frame = GroupFrame(
        attribute: name, names: groupNames, groups: groups, overall: overall, reference: reference,
        zeroDivision: options.zeroDivision, classes: classes)
      frame.withheld = withheld.names
      frame.dropsMissing = options.dropsMissing
      frame.compareWith = options.compareWith
      frame.conditions = options.conditionalOn
      frame.strata = strata(of: frame, sums, options.conditionalOn)
      return describe(frame, metrics, measures, options, &notes)
    }
    let uncertainties = try options.uncertainty.map {
      try Uncertainty.estimate(sums, choice, overall, attributes.map(\.frame), $0)
    }
    return AuditResult(
      rows: sums.rows, positive: options.positive, isLabelled: sums.labelled, metrics: metrics,
      overall: overallValues, attributes: attributes,
      notes: notes + (uncertainties?.first?.notes ?? []), zeroDivision: options.zeroDivision,
      uncertainties: uncertainties ?? [],
      confusion: sums.labelled ? Confusion(overall, sums.task, options.positive) : nil)
  }

  /// For each attribute that the audit is conditional on: the frame's groups within each of its values.
  private static func strata(of frame: GroupFrame, _ sums: AuditSums, _ conditions: [String]) -> [GroupFrame]
  {
    guard let attributes = sums.groupings.first(where: { NameList.joined($0) == frame.attribute })
    else { return [] }
    return sums.strata(of: attributes, frame.names, by: conditions).map { groups in
      var all = GroupSums(rows: 0)
      for group in groups { all.add(group) }
      return GroupFrame(
        attribute: frame.attribute, names: frame.names, groups: groups, overall: all,
        reference: frame.reference.flatMap { frame.names.indices.contains($0) ? frame.names[$0] : nil },
        zeroDivision: frame.zeroDivision, classes: frame.classes)
    }
  }

  private static func describe(
    _ frame: GroupFrame, _ metrics: [Metric], _ measures: [FairnessMeasure], _ options: AuditOptions,
    _ notes: inout [String]
  ) -> AuditResult.Attribute {
    let values = zip(frame.names, frame.groups).map { name, group in
      metrics.map { metric in
        number(
          metric.value(group), options, metric.name, "\(frame.attribute): group \"\(name)\"", &notes)
      }
    }
    let fairness = measures.map { measure in
      AuditResult.Measured(
        measure: measure,
        value: number(measure.evaluate(frame), options, measure.name, frame.attribute, &notes))
    }
    return AuditResult.Attribute(
      frame: frame, values: values, gaps: metrics.map(frame.gaps), fairness: fairness)
  }

  /// The number; if it is undefined, nil, and a note with the reason is added.
  private static func number(
    _ value: MetricValue, _ options: AuditOptions, _ name: String, _ place: String, _ notes: inout [String]
  ) -> Double? {
    if let reason = value.reason(options.zeroDivision) {
      notes.append("\(place): \(name) is undefined: \(reason)")
    }
    return value.number(options.zeroDivision)
  }
}
