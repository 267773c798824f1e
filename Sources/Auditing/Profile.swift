import Configurations
import Datasets
import Fairness
import Platform

/// Counts of scores and inputs by group, with which a later audit measures drift.
struct Profile {
  /// The name of the scores in the list of columns.
  static let scores = "(score)"
  /// The maximum number of categories that are counted separately; the others are counted together.
  private static let maximumCategories = 50

  private let dataset: Dataset
  private let evaluation: Evaluation
  private let names: [String]
  private let scores: Buffer<Double>?

  /// - Parameter modelScores: a model's scores; nil: the scores of the dataset, if it has any.
  /// - Throws: `outOfMemory`; `invalidData` if the scores are not numbers.
  init(_ dataset: Dataset, _ data: DataConfig, _ evaluation: Evaluation, _ modelScores: Buffer<Float>?)
    throws
  {
    self.dataset = dataset
    self.evaluation = evaluation
    if let modelScores, modelScores.count == dataset.rows {
      let wide = try Buffer<Double>(count: modelScores.count, for: "scores")
      for row in 0..<modelScores.count { wide.pointer[row] = Double(modelScores.pointer[row]) }
      scores = wide
    } else {
      scores = try modelScores == nil ? data.score.map { try dataset.column($0).doubles() } : nil
    }
    let known = Set(
      [data.label, data.prediction, data.score, data.weight].compactMap { $0 } + data.exclude
        + data.sensitive.map(\.name))
    names = dataset.columns.map(\.name).filter { !known.contains($0) }
  }

  /// The report with the profile, and with the drift since an earlier report that has a profile.
  ///
  /// - Throws: `outOfMemory`.
  func added(to report: JSONValue, since earlier: JSONValue?) throws -> JSONValue {
    let report = report.adding("profile", try json())
    guard let before = earlier?["profile"] else { return report }
    return report.adding("drift", try drift(since: before))
  }

  /// - Parameter earlier: an earlier profile, whose bins are used so that counts can be compared; nil: new
  ///   bins.
  /// - Throws: `outOfMemory`.
  func json(binsOf earlier: JSONValue? = nil) throws -> JSONValue {
    var columns: [JSONValue] = []
    let groups = try evaluation.references.map { reference in
      (reference.label, try evaluation.attributes.dense(reference, rows: dataset.rows, at: "/by"))
    }
    for name in (scores == nil ? [] : [Profile.scores]) + names {
      let old = earlier?["columns"]?.array?.first { $0["name"]?.string == name }
      guard earlier == nil || old != nil, let binned = try binned(name, old) else { continue }
      var members: [JSONValue.Member] = [.init("name", .string(name)), binned.bins]
      members.append(
        .init("counts", counts(binned, nil, groups: 1).first ?? .null))
      let byGroup = groups.map { attribute, dense in
        let found = counts(binned, dense.codes, groups: dense.names.count)
        return JSONValue.Member(
          attribute, .object(zip(dense.names, found).map { JSONValue.Member($0, $1) }))
      }
      members.append(.init("groups", .object(byGroup)))
      columns.append(.object(members))
    }
    return ["columns": .array(columns)]
  }

  private struct Binned {
    /// "edges" or "categories".
    var bins: JSONValue.Member
    var count: Int
    /// The bin of each row; missing values are in the last bin.
    var codes: Buffer<Int32>
  }

  /// nil for columns that have no bins, such as images.
  private func binned(_ name: String, _ earlier: JSONValue?) throws -> Binned? {
    if name == Profile.scores, let scores { return try numbers(scores, earlier) }
    let column = try dataset.column(name)
    switch column.values {
    case .tensor: return nil
    case .text: return try categories(column, earlier)
    default:
      guard earlier?["categories"] == nil else { return nil }
      return try numbers(column.doubles(), earlier)
    }
  }

  private func numbers(_ values: Buffer<Double>, _ earlier: JSONValue?) throws -> Binned? {
    if earlier != nil, earlier?["edges"] == nil { return nil }
    let edges = earlier?["edges"]?.array?.compactMap(\.double) ?? Profile.deciles(values)
    let codes = try Buffer<Int32>(count: values.count, for: "a profile")
    for row in 0..<values.count {
      let value = values.pointer[row]
      var bin = 0
      while bin < edges.count && edges[bin] <= value { bin += 1 }
      codes.pointer[row] = Int32(truncatingIfNeeded: value.isNaN ? edges.count + 1 : bin)
    }
    return Binned(bins: .init("edges", .numbers(edges)), count: edges.count + 2, codes: codes)
  }

  /// The nine deciles without duplicates, from at most 100,000 evenly spaced rows.
  private static func deciles(_ values: Buffer<Double>) -> [Double] {
    let step = max(1, values.count / 100_000)
    let sample = stride(from: 0, to: values.count, by: step).map { values.pointer[$0] }
      .filter(\.isFinite).sorted()
    var edges: [Double] = []
    for part in 1..<10 where !sample.isEmpty {
      let edge = sample[min(sample.count - 1, sample.count * part / 10)]
      if edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
    }
    return edges
  }

  private func categories(_ column: Column, _ earlier: JSONValue?) throws -> Binned? {
    if earlier != nil, earlier?["categories"] == nil { return nil }
    let found = try column.categories()
    var totals = [Int](repeating: 0, count: found.names.count)
    for row in 0..<column.rows where totals.indices.contains(Int(found.codes.pointer[row])) {
      totals[Int(found.codes.pointer[row])] += 1
    }
    let largest = totals.indices.sorted { (totals[$1], $0) < (totals[$0], $1) }
    let kept =
      earlier?["categories"]?.array?.compactMap(\.string)
      ?? largest.prefix(Profile.maximumCategories).map { found.names[$0] }
    let places = Dictionary(zip(kept, 0...).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let bins = found.names.map { Int32(clamping: places[$0] ?? kept.count) }
    let codes = try Buffer<Int32>(count: column.rows, for: "a profile")
    for row in 0..<column.rows {
      let code = Int(found.codes.pointer[row])
      codes.pointer[row] = bins.indices.contains(code) ? bins[code] : Int32(clamping: kept.count + 1)
    }
    return Binned(bins: .init("categories", .strings(kept)), count: kept.count + 2, codes: codes)
  }

  /// The counts of the bins in each group. For numbers, the last bin is missing values; for categories, the
  /// last two bins are other categories and missing values.
  private func counts(_ binned: Binned, _ groupCodes: Buffer<Int32>?, groups: Int) -> [JSONValue] {
    var counts = [Int](repeating: 0, count: groups * binned.count)
    for row in 0..<binned.codes.count {
      let place = Int(groupCodes?.pointer[row] ?? 0) * binned.count + Int(binned.codes.pointer[row])
      if counts.indices.contains(place) { counts[place] += 1 }
    }
    return (0..<groups).map { group in
      .array(counts[(group * binned.count)..<((group + 1) * binned.count)].map { .integer($0) })
    }
  }

  /// The changes of the columns that both profiles have: one entry per column, for all rows and by group.
  ///
  /// - Throws: `outOfMemory`.
  func drift(since earlier: JSONValue) throws -> JSONValue {
    let now = try json(binsOf: earlier)
    let columns = (now["columns"]?.array ?? []).map { column -> JSONValue in
      let name = column["name"] ?? .null
      let old = earlier["columns"]?.array?.first { $0["name"] == name }
      let ordered = column["edges"] != nil
      let groups = (column["groups"]?.members ?? []).map { attribute in
        JSONValue.Member(
          attribute.key,
          .object(
            (attribute.value.members ?? []).map { group in
              JSONValue.Member(
                group.key,
                Profile.moved(old?["groups"]?[attribute.key]?[group.key], group.value, ordered: ordered))
            }))
      }
      return [
        "column": name, "overall": Profile.moved(old?["counts"], column["counts"], ordered: ordered),
        "groups": .object(groups),
      ]
    }
    return .array(columns)
  }

  /// {"psi", "ks", "p_value"}; the last two only for numbers, without missing values.
  private static func moved(_ before: JSONValue?, _ after: JSONValue?, ordered: Bool) -> JSONValue {
    let old = before?.array?.compactMap(\.double) ?? []
    let new = after?.array?.compactMap(\.double) ?? []
    let distance =
      ordered
      ? Drift.kolmogorovSmirnov(before: Array(old.dropLast()), after: Array(new.dropLast())) : nil
    return [
      "psi": Drift.populationStability(before: old, after: new).map { .finite($0) } ?? .null,
      "ks": distance.map { .finite($0.statistic) } ?? .null,
      "p_value": distance.map { .finite($0.pValue) } ?? .null,
    ]
  }
}
