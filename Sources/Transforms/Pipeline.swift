import Platform

/// Steps in order, fitted to training rows.
public struct Pipeline {
  private let configs: [StepConfig]
  private let fitted: [any FittedStep]

  /// Fits each step to the rows that the previous steps left, and changes the rows.
  ///
  /// - Parameters:
  ///   - pointer: the JSON pointer of the list of steps in the configuration.
  ///   - reporting: whether to write the report.
  /// - Returns: the pipeline, and one report entry per step.
  /// - Throws: the errors of the steps; `invalidData` if a step leaves no rows.
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

  /// Applies the fitted steps to other rows; none are added or dropped.
  ///
  /// - Throws: `invalidData` for rows that lack a column that a step needs.
  public func apply(_ rows: inout TransformRows) throws {
    for step in fitted {
      try HostCall.check()
      try step.apply(&rows)
    }
  }

  /// The first step whose changes would also be needed in prediction; nil if there is none.
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

  /// The fitted parameters, one member per step.
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

  /// - Throws: `invalidData` with the byte offset if the bytes are not a saved pipeline.
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
