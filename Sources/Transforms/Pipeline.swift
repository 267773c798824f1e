import Platform

/// Steps in their order, fitted to training rows.
public struct Pipeline {
  private let configs: [StepConfig]
  private let fitted: [any FittedStep]

  /// Learns each step from the rows that the steps before it left, and changes the rows.
  ///
  /// - Parameters:
  ///   - pointer: where the list of steps stands in the configuration.
  ///   - reporting: whether the report is made.
  /// - Returns: the pipeline, and an entry of the report for each step.
  /// - Throws: what the steps throw; `invalidData` where a step leaves no rows.
  public static func fit(
    _ configs: [StepConfig], _ rows: inout TransformRows, seed: Int, at pointer: String, reporting: Bool
  ) throws -> (pipeline: Pipeline, report: [JSONValue]) {
    var fitted: [any FittedStep] = []
    var report: [JSONValue] = []
    var before = try reporting ? CellCounts(rows) : nil
    for (index, config) in configs.enumerated() {
      try HostCall.report("transform", index, of: configs.count)
      let name = type(of: config.step).name
      var work = StepWork(
        pointer: "\(pointer)/\(index)",
        random: RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "step \(index) \(name)"))
      guard rows.count > 0 else {
        throw Failure.invalidData("no rows are left for step \(index) (\(name))")
      }
      rows.changes = RowChanges()
      let step = try config.step.fit(&rows, &work)
      if let old = before {
        let after = try CellCounts(rows)
        report.append(entry(name, step, rows.changes, old, after, work.notes))
        before = after
      }
      fitted.append(step)
    }
    guard rows.count > 0 else { throw Failure.invalidData("the steps leave no rows") }
    return (Pipeline(configs: configs, fitted: fitted), report)
  }

  /// Changes other rows by what was learnt; none is added or dropped.
  ///
  /// - Throws: `invalidData` for rows that lack what a step needs.
  public func apply(_ rows: inout TransformRows) throws {
    for step in fitted {
      try HostCall.check()
      try step.apply(&rows)
    }
  }

  /// The name of the first step whose changes prediction would need; nil where there is none.
  public var firstThatChangesInputs: (index: Int, name: String)? {
    fitted.firstIndex { $0.changesInputs }.map { ($0, type(of: configs[$0].step).name) }
  }

  private static func entry(
    _ name: String, _ step: any FittedStep, _ changes: RowChanges, _ before: CellCounts, _ after: CellCounts,
    _ notes: [String]
  ) -> JSONValue {
    [
      "name": .string(name),
      "rows": ["before": .integer(before.total), "after": .integer(after.total)],
      "weight": ["before": .finite(before.weight), "after": .finite(after.weight)],
      "dropped": changes.dropped.json, "copied": changes.copied.json,
      "synthetic": .integer(changes.synthetic), "relabelled": changes.relabelled.json,
      "columns": [
        "changed": .strings(changes.columns), "removed": .strings(changes.removed),
        "added": .strings(changes.addedColumns),
      ],
      "cells": CellCounts.json(before, after), "learnt": step.learnt, "notes": .strings(notes),
    ]
  }

  /// What was learnt, a member for each step.
  public var description: JSONValue {
    .array(zip(configs, fitted).map { ["step": $0.encoded, "learnt": $1.learnt] })
  }

  // MARK: Bytes

  public func write(to writer: inout ByteWriter) {
    writer.write(configs.count)
    for (config, step) in zip(configs, fitted) {
      writer.write(config.encoded.text())
      step.write(to: &writer)
    }
  }

  /// - Throws: `invalidData` with the byte for what no pipeline wrote.
  public init(from reader: inout ByteReader) throws {
    var configs: [StepConfig] = []
    var fitted: [any FittedStep] = []
    for _ in 0..<(try reader.count(of: 8)) {
      let config = try StepConfig.decoded(JSONValue.parse(reader.text(), failing: .invalidData), at: "")
      fitted.append(try type(of: config.step).restore(&reader))
      configs.append(config)
    }
    self.configs = configs
    self.fitted = fitted
  }

  private init(configs: [StepConfig], fitted: [any FittedStep]) {
    self.configs = configs
    self.fitted = fitted
  }
}
