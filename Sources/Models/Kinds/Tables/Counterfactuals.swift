import Configurations
import Datasets
import Platform

/// Switches the sensitive attribute of encoded rows to another of its values, together with the columns that
/// depend on it.
package struct Counterfactuals {
  /// One column: its position in an encoded row, the encoding of each of its values, and the value of each
  /// row.
  private struct Switch {
    let offset: Int
    let width: Int
    /// (values, width); NaN for values that do not occur in the rows.
    let looks: Buffer<Float>
    let codes: Buffer<Int32>
    let count: Int
    /// For each value, the value to which it is switched; nil: another value, chosen at random.
    let becomes: [Int]?
  }

  private let switches: [Switch]

  /// - Throws: `invalidConfig` if the attribute, or a column that depends on it, is not an input.
  package init(
    _ config: FairnessConfig, attribute: AttributeReference, _ dataset: Dataset, _ encoder: TableEncoder,
    _ encoded: Buffer<Float>, at pointer: String
  ) throws {
    guard attribute.names.count == 1, let name = attribute.names.first else {
      throw Failure.invalidConfig(
        "counterfactual switches one attribute; an intersection is not one", at: pointer + "/attribute")
    }
    guard encoder.inputNames.contains(name) else {
      throw Failure.invalidConfig(
        "\"\(name)\" is not an input of the model, so that switching it changes nothing; "
          + "\"sensitive_as_input\": true makes it one", at: pointer + "/attribute")
    }
    var switches = [try Self.make(name, becomes: nil, dataset, encoder, encoded)]
    guard switches[0].count > 1 else {
      throw Failure.invalidConfig(
        "\"\(name)\" has one value only; there is nothing to switch to", at: pointer + "/attribute")
    }
    for (index, follow) in config.follows.enumerated() {
      let place = "\(pointer)/follows/\(index)"
      guard encoder.inputNames.contains(follow.column) else {
        throw Failure.invalidConfig(
          "\"\(follow.column)\" is not an input\(Suggestion.phrase(for: follow.column, among: encoder.inputNames))",
          at: place + "/column")
      }
      let names = try dataset.column(follow.column).categories().names
      let becomes = try names.map { value -> Int in
        guard let target = follow.map[value] else { return names.firstIndex(of: value) ?? 0 }
        guard let found = names.firstIndex(of: target) else {
          throw Failure.invalidConfig(
            "\"\(target)\" does not occur in the column\(Suggestion.phrase(for: target, among: Array(names.prefix(60))))",
            at: "\(place)/map/\(value)")
        }
        return found
      }
      switches.append(try Self.make(follow.column, becomes: becomes, dataset, encoder, encoded))
    }
    self.switches = switches
  }

  private static func make(
    _ name: String, becomes: [Int]?, _ dataset: Dataset, _ encoder: TableEncoder, _ encoded: Buffer<Float>
  ) throws -> Switch {
    let slot = try encoder.slot(of: name)
    let categories = try dataset.column(name).categories()
    let looks = try Buffer<Float>(count: max(categories.names.count, 1) * slot.width, for: "counterfactuals")
    var seen = [Bool](repeating: false, count: categories.names.count)
    for row in 0..<dataset.rows {
      let code = Int(categories.codes.pointer[row])
      guard code >= 0, !seen[code] else { continue }
      seen[code] = true
      (looks.pointer + code * slot.width).update(
        from: encoded.pointer + row * encoder.width + slot.offset, count: slot.width)
    }
    return Switch(
      offset: slot.offset, width: slot.width, looks: looks, codes: categories.codes,
      count: categories.names.count,
      becomes: becomes)
  }

  /// Switches an encoded row in place.
  ///
  /// - Parameters:
  ///   - row: the index of the row in the dataset.
  ///   - draw: a random number, which selects the value if there are more than two.
  @inline(__always)
  package func apply(to encoded: UnsafeMutablePointer<Float>, row: Int, draw: UInt64) {
    for change in switches {
      let code = Int(change.codes.pointer[row])
      guard code >= 0 else { continue }
      let target: Int
      if let becomes = change.becomes {
        target = becomes[code]
      } else {
        // One of the other values with equal probability: 1 … count − 1 positions further.
        target = (code + 1 + Int(draw % UInt64(change.count - 1))) % change.count
      }
      (encoded + change.offset).update(
        from: change.looks.pointer + target * change.width, count: change.width)
    }
  }
}
