import Platform

/// Copies numbers to the host's memory, which must have room for all of them.
///
/// - Parameter noun: the owner of the numbers, for messages.
func copy<Element>(
  _ source: Buffer<Element>, to values: UnsafeMutablePointer<Element>?, count: Int,
  of noun: StaticString = "the column"
) throws {
  let count = try requireCount(count, named: "count")
  guard count >= source.count else {
    throw Failure.invalidArgument("count is \(count); \(noun) has \(source.count) values", at: "count")
  }
  if source.count == 0 { return }
  try require(values, named: "values").update(from: source.pointer, count: source.count)
}
