import Platform

/// Attributes that are counted together in one pass. Each grouping over some of them is a projection of the
/// joint counts, so sex, race and sex × race need only one histogram.
struct Partition {
  /// The maximum size of a joint table for several groupings: it fits into the processor's fast caches.
  static let sharedCells = 4_096
  /// The maximum size of any joint table: 128 MiB of counts per thread.
  static let maximumCells = 1 << 24

  private(set) var attributes: [SensitiveAttribute]

  /// Distributes the groupings over few partitions; without groupings, returns one partition without
  /// attributes.
  ///
  /// - Parameter cellsPerGroup: the number of confusion cells per group; 1 for a regression.
  /// - Throws: `unsupported` if a single grouping has too many combinations.
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

  /// The partition with one more attribute, innermost.
  func adding(_ attribute: SensitiveAttribute) -> Partition {
    Partition(attributes: attributes + [attribute])
  }

  /// The number of combinations of groups, missing values included; nil if it overflows.
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

  /// The group names of a joint slot, one per attribute.
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
