#if canImport(Glibc)
  import Glibc
#endif
@testable import Fairness
import Platform

/// The 400 rows of metrics-binary.json, with the results of Fairlearn 0.15.0, AIF360 0.6.1 and scikit-learn.
struct ReferenceRows {
  let json: JSONValue
  let labels: [Int32]
  let decisions: [Int32]
  let scores: [Double]
  let sex: [Int32]
  let race: [Int32]
  let weights: [Double]

  /// nil if the file cannot be read.
  static let loaded: ReferenceRows? = {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    guard let text = read("/\(root)/Tests/Resources/reference/tabular/metrics-binary.json") else {
      return nil
    }
    // The file contains Infinity (a generalized entropy of alpha 0), which JSON does not allow.
    return try? ReferenceRows(json: JSONValue.parse(text.replacing("Infinity", with: "null")))
  }()

  private init(json: JSONValue) throws {
    self.json = json
    func numbers(_ key: String) -> [Double] { (json["rows"]?[key]?.array ?? []).compactMap(\.double) }
    labels = numbers("y").map { Int32($0) }
    decisions = numbers("prediction").map { Int32($0) }
    scores = numbers("score")
    sex = numbers("sex").map { Int32($0) }
    race = numbers("race").map { Int32($0) }
    weights = numbers("weight")
  }

  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The rows at `order`, in that order; by sex, race and sex × race.
  func rows(_ order: [Int]? = nil, weighted: Bool = false, weights replaced: [Double]? = nil) throws
    -> AuditRows
  {
    let order = order ?? Array(labels.indices)
    let sexes = Grouping(
      attribute: "sex", groupNames: ["0", "1"], codes: try CodeColumn(copying: order.map { sex[$0] }))
    let races = Grouping(
      attribute: "race", groupNames: ["0", "1", "2", "3"],
      codes: try CodeColumn(copying: order.map { race[$0] }))
    let chosen = replaced ?? (weighted ? order.map { weights[$0] } : nil)
    let buffer = try chosen.map { try Buffer(copying: $0) }
    return AuditRows(
      count: order.count, labels: try CodeColumn(copying: order.map { labels[$0] }),
      decisions: try CodeColumn(copying: order.map { decisions[$0] }),
      scores: try RealColumn(copying: order.map { scores[$0] }),
      weights: buffer.map { UnsafePointer($0.pointer) },
      groupings: [sexes, races, .intersection([sexes, races])], owner: buffer)
  }
}
