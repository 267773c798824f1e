import Platform

/// Attributes that one pass counts together: each grouping over some of them is a projection of the
/// joint counts, so sex, race and sex × race cost one histogram.
struct Partition {
  /// Joint tables up to this size stay in a processor's fast caches; larger ones are counted apart.
  static let sharedCells = 4_096
  /// The largest joint table at all: 128 MiB of counts a thread.
  static let maximumCells = 1 << 24

  private(set) var attributes: [SensitiveAttribute]

  /// Groups all groupings into few partitions; without groupings, one partition without attributes.
  ///
  /// - Parameter cellsPerGroup: confusion cells of a group, 1 for a regression.
  /// - Throws: `unsupported` when one grouping alone has too many combinations.
  static func plan(_ groupings: [Grouping], cellsPerGroup: Int) throws -> [Partition] {
    var partitions: [Partition] = []
    for grouping in groupings {
      let alone = Partition(attributes: []).joined(with: grouping.attributes)
      guard let cells = alone.cells(perGroup: cellsPerGroup), cells <= maximumCells else {
        throw Failure.unsupported(
          "the groups of \"\(grouping.attribute)\" times \(cellsPerGroup) cells are more than"
            + " \(maximumCells); bin or drop an attribute", at: grouping.attribute)
      }
      let shared = partitions.firstIndex {
        ($0.joined(with: grouping.attributes).cells(perGroup: cellsPerGroup) ?? .max) <= sharedCells
          || grouping.attributes.allSatisfy($0.contains)
      }
      if let shared {
        partitions[shared] = partitions[shared].joined(with: grouping.attributes)
      } else {
        partitions.append(alone)
      }
    }
    return partitions.isEmpty ? [Partition(attributes: [])] : partitions
  }

  func contains(_ attribute: SensitiveAttribute) -> Bool {
    attributes.contains { $0.name == attribute.name }
  }

  private func joined(with more: [SensitiveAttribute]) -> Partition {
    var joint = self
    for attribute in more where !joint.contains(attribute) { joint.attributes.append(attribute) }
    return joint
  }

  /// With one attribute more, innermost.
  func adding(_ attribute: SensitiveAttribute) -> Partition {
    Partition(attributes: attributes + [attribute])
  }

  /// The number of combinations of groups, missing included; nil if it overflows.
  var slots: Int? {
    attributes.reduce(1 as Int?) { product, attribute in
      guard let product else { return nil }
      let (slots, overflow) = product.multipliedReportingOverflow(by: attribute.slots)
      return overflow ? nil : slots
    }
  }

  func cells(perGroup: Int) -> Int? {
    guard let slots else { return nil }
    let (cells, overflow) = slots.multipliedReportingOverflow(by: perGroup)
    return overflow ? nil : cells
  }

  /// The groups' names of a joint slot, an attribute each.
  func key(ofSlot slot: Int) -> [String] {
    var rest = slot
    var names: [String] = []
    for attribute in attributes.reversed() {
      let code = rest % attribute.slots
      rest /= attribute.slots
      names.append(
        attribute.groupNames.indices.contains(code)
          ? attribute.groupNames[code] : SensitiveAttribute.missingGroup)
    }
    return names.reversed()
  }
}
