import Datasets
import Platform

/// Replaces inputs by those of other cells, drawn with the probabilities that were fitted for the row's group and cell.
/// The draw depends on the values of the row's inputs, so that equal rows are treated equally. A cell that did not occur
/// in the group is treated like the one of the group to which the change costs least; rows without a group keep their
/// cells.
struct MappedCells: FittedStep {
  let attributes: [String]
  let groups: [String]
  let grid: CellGrid
  /// The codes of each cell.
  let cells: [[Int]]
  /// For each group and cell the probabilities of the new cells; empty for a cell that did not occur in the group.
  let moves: [[Double]]
  let seed: UInt64
  let distance: Double
  let changesInputs = true

  init(
    attributes: [String], groups: [String], grid: CellGrid, cells: [[Int]], _ mapping: OptimizedMapping,
    weights: [OptimizedMapping.Source: Double], labels: Int, seed: UInt64
  ) {
    (self.attributes, self.groups, self.grid, self.cells) = (attributes, groups, grid, cells)
    (self.seed, distance) = (seed, mapping.distance)
    // P(x' | d, x) = Σ_y P(y | d, x) Σ_{y'} Q(x', y' | d, x, y)
    var moves = [[Double]](repeating: [], count: groups.count * cells.count)
    var sums = [Double](repeating: 0, count: moves.count)
    for (source, probabilities) in zip(mapping.sources, mapping.probabilities) {
      let place = source.group * cells.count + source.cell
      let weight = weights[source] ?? 0
      if moves[place].isEmpty { moves[place] = [Double](repeating: 0, count: cells.count) }
      for (target, share) in probabilities.enumerated() { moves[place][target / labels] += weight * share }
      sums[place] += weight
    }
    self.moves = zip(moves, sums).map { own, sum in own.map { $0 / sum } }
  }

  /// The index at which the sum of probabilities exceeds a number from 0 to 1.
  static func drawn(_ probabilities: [Double], _ number: Double) -> Int {
    var sum = 0.0
    for (place, share) in probabilities.enumerated() {
      sum += share
      if number < sum { return place }
    }
    return probabilities.lastIndex { $0 > 0 } ?? 0
  }

  func apply(_ rows: inout TransformRows) throws {
    let own = try rows.groups(attributes, at: "")
    let places = own.names.map { groups.firstIndex(of: $0) ?? -1 }
    let columns = try grid.parts.map { try rows.dataset.column($0.column) }
    var codes = try grid.codes(columns)
    let draw = RowDraw(try rows.inputs.map(rows.dataset.column), seed: seed)
    let known = Dictionary(cells.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var nearest: [[Int]: Int] = [:]
    for row in 0..<rows.count {
      if row & 1023 == 0 { try HostCall.check() }
      let code = Int(own.codes.pointer[row])
      guard code >= 0 else { continue }
      let group = places[code]
      guard group >= 0 else {
        throw Failure.invalidData(
          "row \(row) is of group \"\(own.names[code])\", which did not occur in the training rows",
          at: "\(row)")
      }
      let cell = codes.map { $0[row] }
      var place = known[cell].map { group * cells.count + $0 } ?? -1
      if place < 0 || moves[place].isEmpty {
        let key = cell + [group]
        if let found = nearest[key] {
          place = found
        } else {
          place = self.nearest(cell, group)
          nearest[key] = place
        }
      }
      guard moves.indices.contains(place) else { continue }
      let target = Self.drawn(moves[place], draw.uniform(row))
      for (part, code) in cells[target].enumerated() { codes[part][row] = code }
    }
    try rows.replace(grid.columns(like: columns, codes))
  }

  /// The place in `moves` of the cell of a group to which a change costs least; -1 if the group has none.
  private func nearest(_ cell: [Int], _ group: Int) -> Int {
    let own = cells.indices.filter { !moves[group * cells.count + $0].isEmpty }
    return own.min { grid.cost(cell, cells[$0]) < grid.cost(cell, cells[$1]) }
      .map { group * cells.count + $0 } ?? -1
  }

  var learnt: JSONValue {
    [
      "groups": .strings(groups), "columns": .strings(grid.parts.map(\.column)),
      "cells": .integer(cells.count), "distance": .finite(distance),
      "accuracy": .finite(LinearProgram.accuracy),
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(attributes)
    writer.write(groups)
    writer.write(grid.parts.count)
    for part in grid.parts {
      writer.write(part.column)
      writer.write(part.edges != nil)
      writer.write(part.edges ?? [])
      writer.write(part.medians)
      writer.write(part.categories)
    }
    writer.write(cells.count)
    writer.write(cells.flatMap { $0.map(Double.init) })
    for own in moves { writer.write(own) }
    writer.write(seed)
    writer.write(distance)
  }

  init(from reader: inout ByteReader) throws {
    attributes = try reader.texts()
    groups = try reader.texts()
    let parts = try (0..<(try reader.count(of: 8))).map { _ in
      let name = try reader.text()
      let isNumber = try reader.flag()
      let (edges, medians) = (try reader.doubles(), try reader.doubles())
      let part = CellGrid.Part(
        column: name, edges: isNumber ? edges : nil, medians: medians, categories: try reader.texts())
      guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }), !isNumber || medians.count == part.count
      else { throw reader.malformed("the bins of a cell do not ascend") }
      return part
    }
    grid = CellGrid(parts: parts)
    let count = try reader.natural()
    let codes = try reader.doubles()
    guard count > 0, !parts.isEmpty, !groups.isEmpty, codes.count % parts.count == 0,
      codes.count / parts.count == count, count <= 1 << 20, groups.count <= 1 << 20
    else { throw reader.malformed("\(codes.count) codes are not \(count) cells") }
    cells = try (0..<count).map { cell in
      try parts.indices.map { place in
        guard let code = Int(exactly: codes[cell * parts.count + place]),
          (0...parts[place].count).contains(code)
        else { throw reader.malformed("a cell has a code that its column does not have") }
        return code
      }
    }
    var moves: [[Double]] = []
    for _ in 0..<(groups.count * count) {
      let own = try reader.doubles()
      guard own.isEmpty || own.count == count, own.allSatisfy({ (0...1.000001).contains($0) }) else {
        throw reader.malformed("\(own.count) probabilities are not those of \(count) cells")
      }
      moves.append(own)
    }
    self.moves = moves
    seed = try reader.word()
    distance = try reader.double()
  }
}
