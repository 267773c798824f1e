import Platform

/// Small whole numbers, whose products and sums are exact in every order.
func wholeNumbers(_ count: Int, _ start: Int) throws -> Buffer<Float> {
  try Buffer(copying: (0..<count).map { Float(($0 &* 31 &+ start &* 17) % 7 - 3) })
}
