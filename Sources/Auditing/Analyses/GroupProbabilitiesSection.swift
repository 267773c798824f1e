import Configurations
import Datasets
import Fairness
import Models
import Platform

extension GroupProbabilitiesConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let pointer = "/group_probabilities"
    guard !columns.entries.isEmpty else {
      throw Failure.invalidConfig(
        "the columns of the groups' probabilities are missing", at: pointer + "/columns")
    }
    guard rows.task != .regression else {
      throw Failure.unsupported(
        "decisions of two classes are compared, and the task is regression", at: pointer)
    }
    let decisions = try rows.requireDecisions(at: pointer).map { $0 == 1 }
    let labels = rows.task == .binary ? rows.labels.map { $0.map { $0 == 1 } } : nil
    let probabilities = try GroupColumns(columns.entries).probabilities(of: rows.dataset).array
    let codes = try cells(rows, probabilities, at: pointer)
    let found = UnobservedGroups(
      probabilities: probabilities, groups: columns.entries.count, decisions: decisions, labels: labels,
      weights: rows.weights, cells: codes)
    let cellCount = (codes.max() ?? -1) + 1
    if cellCount > 0, rows.rows / cellCount < 30 {
      notes.add(
        "the \(cellCount) cells have \(rows.rows / cellCount) rows on average; with few rows in a cell the bounds are narrower "
          + "than those of a whole population")
    }
    return [
      "attribute": .string(attribute), "cells": .integer(cellCount),
      "groups": .array(groups(found, labelled: labels != nil, &notes)),
      "differences": .array(differences(found, labelled: labels != nil, &notes)),
    ]
  }

  /// The cell of each row, from 0.
  private func cells(_ rows: AnalysisRows, _ probabilities: [Double], at pointer: String) throws -> [Int] {
    var codes = [Int](repeating: 0, count: rows.rows)
    for (index, name) in cells.enumerated() {
      guard rows.dataset.contains(name) else {
        throw Failure.invalidConfig(
          "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: rows.dataset.names))",
          at: "\(pointer)/cells/\(index)")
      }
      let values = try rows.dataset.column(name).categories().codes
      Self.refine(&codes, by: { Int(values.pointer[$0]) })
    }
    guard cells.isEmpty else { return codes }
    let groups = columns.entries.count
    for group in 0..<groups {
      Self.refine(
        &codes,
        by: { row in
          let place = (probabilities[row * groups + group] * Double(bins)).rounded(.down)
          return Int(min(max(place, 0), Double(bins - 1)))
        })
    }
    return codes
  }

  /// Divides cells by a further value of each row; cells are numbered as they occur.
  private static func refine(_ codes: inout [Int], by value: (Int) -> Int) {
    struct Part: Hashable {
      let cell: Int
      let value: Int
    }
    var places: [Part: Int] = [:]
    for row in codes.indices {
      let part = Part(cell: codes[row], value: value(row))
      let next = places.count
      codes[row] = places[part, default: next]
      if codes[row] == next { places[part] = next }
    }
  }

  private func groups(_ found: UnobservedGroups, labelled: Bool, _ notes: inout SectionNotes) -> [JSONValue] {
    columns.entries.enumerated().map { group, entry in
      var members: [JSONValue.Member] = [
        .init("group", .string(entry.key)), .init("share", .finite(found.shares[group])),
      ]
      for rate in UnobservedGroups.Rate.allCases where labelled || !rate.needsLabels {
        members.append(
          .init(
            rate.rawValue,
            described(found.rate(rate, group), "\(rate.rawValue) of \"\(entry.key)\"", &notes)))
      }
      return .object(members)
    }
  }

  /// The differences of all pairs of groups.
  private func differences(_ found: UnobservedGroups, labelled: Bool, _ notes: inout SectionNotes)
    -> [JSONValue]
  {
    var result: [JSONValue] = []
    for (first, a) in columns.entries.enumerated() {
      for (second, b) in columns.entries.enumerated() where second > first {
        var members: [JSONValue.Member] = [.init("groups", .strings([a.key, b.key]))]
        for rate in UnobservedGroups.Rate.allCases where labelled || !rate.needsLabels {
          members.append(
            .init(
              rate.rawValue,
              described(
                found.difference(rate, first, minus: second),
                "\(rate.rawValue) of \"\(a.key)\" minus \"\(b.key)\"", &notes)))
        }
        result.append(.object(members))
      }
    }
    return result
  }

  private func described(_ value: UnobservedGroups.Bounded, _ name: String, _ notes: inout SectionNotes)
    -> JSONValue
  {
    [
      "estimate": notes.number(value.estimate, name),
      "lower": notes.number(value.lower, "the lower bound of \(name)"),
      "upper": notes.number(value.upper, "the upper bound of \(name)"),
    ]
  }
}
