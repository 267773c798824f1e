/// How the squared norm of a row's gradient at an operator's parameters is computed, as private training needs it
/// (Abadi et al. 2016). A row's gradient is the gradient of its own loss; a text is one row.
public enum RowGradients {
  /// It has no parameters, or those of a row cannot be told from those of others. A network that trains its
  /// parameters has no norms.
  case none
  /// The operator computes the norms from its operands and the gradient of its output, for all rows, without the
  /// gradient of any row where that is cheaper (ghost norms: Goodfellow 2015; Li et al. 2022).
  case norms(any RowNorms)
  /// Backward of one row's lines gives the row's gradient, which is measured and discarded before the next row's.
  /// Backward must read no other lines, and `saved` must lie line by line.
  case separate
}

/// An operator that computes the squared norms of its parameters' gradients for each row.
public protocol RowNorms: Sendable {
  /// The number of floats of working memory for texts of up to `longest` tokens. By default 0.
  func rowNormScratch(longest: Int) -> Int

  /// Adds the squared norms of each row's gradients at the parameters whose `run.inputGradient` is not nil, in
  /// double precision. It writes none of these gradients.
  ///
  /// It runs before backward, which follows on the same operands. It may change `run.outputGradient` only as
  /// backward may change it a second time without effect, such as by a rectifier.
  ///
  /// - Parameter memory: `rowNormScratch` floats.
  func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>)
}

extension RowNorms {
  public func rowNormScratch(longest: Int) -> Int { 0 }
}

/// The lines of each row's value in a run: one line, or the tokens of the row's text.
public struct RowLines {
  public let count: Int
  /// The offsets of the texts' tokens; nil for one line each.
  let offsets: UnsafePointer<Int32>?

  public subscript(row: Int) -> Range<Int> {
    guard let offsets else { return row..<row + 1 }
    return Int(offsets[row])..<max(Int(offsets[row + 1]), Int(offsets[row]))
  }
}
