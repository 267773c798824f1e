import EngineKernels
import Platform

/// The tests of each tree in the memory layout for a single row; see tree_row_sets.h. Instead of tests by
/// sets of categories, it has for every category the leaves that it excludes.
struct TreeRowTests {
  private(set) var kernel = tree_row_tests()
  /// The memory that the kernel's pointers refer to.
  private(set) var memory: [AnyObject] = []

  /// The maximum number of words for the leaves excluded by categories: 16 MB.
  private static let maximumStrikes = 1 << 22

  init(_ shapes: [tree_shape], _ tests: [tree_test], setBits: UInt32, _ derived: DerivedColumns) throws {
    let lanes = Int(TREE_ROW_LANES)
    kernel.width = derived.numberColumns
    guard setBits == 32, kernel.width <= Int(TREE_ROW_COLUMNS) else { return }
    let padded = (shapes.count + lanes - 1) / lanes * lanes
    var sets: [tree_set_strikes] = []
    var size = 0
    for set in derived.sets {
      sets.append(tree_set_strikes(feature: set.feature, limit: set.words * 64, first: size))
      let (own, overflow) = (Int(set.words) * 64 + 1).multipliedReportingOverflow(by: padded)
      guard !overflow, own <= Self.maximumStrikes - size else { return }
      size += own
    }

    var setStrikes = [UInt32](repeating: 0, count: size)
    var plain: [[tree_test]] = []
    // Negated columns come after all other columns.
    let firstNegation = derived.columns - derived.negations.count
    for (tree, shape) in shapes.enumerated() {
      var numbers: [tree_test] = []
      for var test in tests[Int(shape.first_test)..<Int(shape.first_test + shape.tests)] {
        let negation = Int(test.column) - firstNegation
        let isNegated = derived.negations.indices.contains(negation)
        if isNegated { test.column = derived.negations[negation].source }
        guard let set = derived.set(ofColumn: Int(test.column)) else {
          if isNegated { test.column |= UInt32(TREE_ROW_NEGATED) }
          numbers.append(test)
          continue
        }
        guard let own = sets.first(where: { $0.feature == UInt32(set.feature) }) else { continue }
        // A test excludes leaves for the categories in the set; if it is negated, for those outside.
        let limit = Int(own.limit)
        func strike(_ code: Int) { setStrikes[own.first + code * padded + tree] |= test.strikes.0 }
        let members = Set(set.categories)
        for code in 0...limit where members.contains(code) == isNegated { strike(code) }
      }
      plain.append(numbers)
    }

    let vectors = ((plain.map(\.count).max() ?? 0) + lanes - 1) / lanes
    let filling = tree_test(threshold: .infinity, column: 0, strikes: (0, 0))
    let filled = plain.flatMap { own in
      own + Array(repeating: filling, count: vectors * lanes - own.count)
    }
    let thresholds = try Buffer(copying: filled.map(\.threshold), for: "trees")
    let columns = try Buffer(copying: filled.map(\.column), for: "trees")
    let strikes = try Buffer(copying: filled.map(\.strikes.0), for: "trees")
    let setMemory = try Buffer(copying: sets, for: "trees")
    let strikeMemory = try Buffer(copying: setStrikes, for: "trees")
    memory = [thresholds, columns, strikes, setMemory, strikeMemory]
    kernel.serves = true
    kernel.vectors = vectors
    kernel.thresholds = UnsafePointer(thresholds.pointer)
    kernel.columns = UnsafePointer(columns.pointer)
    kernel.strikes = UnsafePointer(strikes.pointer)
    kernel.sets = UnsafePointer(setMemory.pointer)
    kernel.sets_count = sets.count
    kernel.set_strikes = UnsafePointer(strikeMemory.pointer)
  }
}
