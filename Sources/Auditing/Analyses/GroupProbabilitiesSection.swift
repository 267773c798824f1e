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
    var keys = [[Int32]](repeating: [], count: rows.rows)
    for (index, name) in cells.enumerated() {
      guard rows.dataset.contains(name) else {
        throw Failure.invalidConfig(
          "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: rows.dataset.names))",
          at: "\(pointer)/cells/\(index)")
      }
      let codes = try rows.dataset.column(name).categories().codes
      for row in 0..<rows.rows { keys[row].append(codes.pointer[row]) }
    }
    if cells.isEmpty {
      let groups = columns.entries.count
      for row in 0..<rows.rows {
        keys[row] = (0..<groups).map { group in
          let place = (probabilities[row * groups + group] * Double(bins)).rounded(.down)
          return Int32(min(max(place, 0), Double(bins - 1)))
        }
      }
    }
    var places: [[Int32]: Int] = [:]
    return keys.map { key in
      if let known = places[key] { return known }
      let place = places.count
      places[key] = place
      return place
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
