import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Padding and resizing: each axis separately, as a table of indices and weights.
enum ONNXResampling {
  /// The indices along an axis of `size` elements with `before` and `after` additional ones; −1 is the fill
  /// value.
  static func paddedPlaces(_ size: Int, before: Int, after: Int, mode: String) -> [Int32]? {
    guard size > 0, before > -size, after > -size, size + before + after > 0, size + before + after <= 1 << 24
    else { return nil }
    return (-before..<size + after).map { place in
      if (0..<size).contains(place) { return Int32(place) }
      switch mode {
      case "edge": return place < 0 ? 0 : Int32(size - 1)
      case "wrap": return Int32(((place % size) + size) % size)
      case "reflect":
        let period = max(2 * (size - 1), 1)
        let folded = ((place % period) + period) % period
        return Int32(folded < size ? folded : period - folded)
      default: return -1
      }
    }
  }

  static func pad(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let mode = try call.string("mode", "constant")
    guard ["constant", "edge", "reflect", "wrap"].contains(mode) else {
      throw call.invalid("its mode \"\(mode)\" is not known")
    }
    let isImages: Bool
    var value: Graph.ValueID
    if case .images(let images)? = call.operand(0) {
      (value, isImages) = (images, true)
    } else {
      (value, isImages) = (try call.rows(0), false)
    }
    let rank = call.rank(value)
    guard
      let pads = try call.integers(
        input: 1, attribute: call.node.attributes["pads"] == nil ? "paddings" : "pads"),
      pads.count % 2 == 0
    else { throw call.invalid("says no pads") }
    let axes = try call.integers(input: 3, attribute: "axes") ?? Array(0..<rank)
    guard axes.count == pads.count / 2 else { throw call.invalid("its pads are not two for each axis") }
    let fill = try call.constant(2)?.scalar ?? call.float("value", 0)
    for (index, axis) in axes.enumerated() {
      let (before, after) = (pads[index], pads[index + axes.count])
      if before == 0, after == 0 { continue }
      let place = try engineAxis(call, axis, rank: rank, isImages: isImages)
      guard
        let places = paddedPlaces(
          call.shape(value).dimensions[place], before: before, after: after, mode: mode)
      else { throw call.invalid("pads an axis by \(before) and \(after)") }
      value = try call.apply(Resampling(axis: place, places: places, fill: fill), [value])
    }
    return [isImages ? .images(value) : .rows(value)]
  }

  /// Einsum of a value with a constant matrix along one axis ("nabc,jb->najc"), a form in which resizing is
  /// written.
  static func product(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try call.rows(0)
    let matrix = try call.requiredConstant(1)
    let letters = try call.string("equation", "").split(separator: ">").map { Array($0) }
    guard call.operands.count == 2, letters.count == 2, letters[0].last == "-", matrix.dimensions.count == 2,
      let comma = letters[0].firstIndex(of: ","), let weights = try matrix.floats()
    else { throw call.unsupported("only products with a constant matrix are supported") }
    let (x, w, y) = (Array(letters[0][..<comma]), Array(letters[0][(comma + 1)...].dropLast()), letters[1])
    guard x.count == call.rank(value), y.count == x.count, w.count == 2, Set(x).count == x.count,
      let axis = x.firstIndex(of: w[1]), axis > 0, y[axis] == w[0], !x.contains(w[0]),
      zip(x, y).enumerated().allSatisfy({ $0.offset == axis || $0.element.0 == $0.element.1 })
    else { throw call.unsupported("only products along one axis are supported") }
    let (outputs, inputs) = (matrix.dimensions[0], matrix.dimensions[1])
    guard call.shape(value).dimensions[axis - 1] == inputs else { throw call.invalid("its sizes do not fit") }
    let places = (0..<outputs).flatMap { _ in (0..<inputs).map { Int32(clamping: $0) } }
    return [
      .rows(
        try call.apply(
          Resampling(axis: axis - 1, places: places, weights: weights.array, taps: inputs), [value]))
    ]
  }

  private static func engineAxis(_ call: ONNXCall, _ axis: Int, rank: Int, isImages: Bool) throws -> Int {
    let own = try call.rowAxis(axis, rank: rank)
    return isImages ? [2, 0, 1][own] : own
  }

  /// Resize (opsets 10 to 19) and Upsample.
  static func resize(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let isImages: Bool
    var value: Graph.ValueID
    if case .images(let images)? = call.operand(0) {
      (value, isImages) = (images, true)
    } else {
      (value, isImages) = (try call.rows(0), false)
    }
    let rank = call.rank(value)
    let options = try ONNXResizing(call)
    guard !options.crops else { throw call.unsupported("crops while it resizes") }
    let axes = try call.integers("axes") ?? Array(0..<rank)
    let scalesIndex = call.opset < 11 ? 1 : 2
    let scales = try call.constant(scalesIndex).flatMap { $0.count == 0 ? nil : try $0.floats()?.array }
    let attribute = try call.floats("scales")
    let sizes = try call.constant(3).flatMap { $0.count == 0 ? nil : $0.integers?.map { Int(clamping: $0) } }
    guard let given = (scales ?? attribute)?.map({ Double($0) }) ?? sizes?.map({ _ in 1 }),
      given.count == axes.count, sizes.map({ $0.count == axes.count }) ?? true
    else { throw call.invalid("says neither scales nor sizes for its axes") }
    guard try call.string("keep_aspect_ratio_policy", "stretch") == "stretch" else {
      throw call.unsupported("keeps the aspect ratio")
    }
    for (index, axis) in axes.enumerated() {
      let place: Int
      if axis == 0 || axis == -rank {
        guard sizes == nil ? given[index] == 1 : call.importer.fixedRows.contains(sizes?[index] ?? -1) else {
          throw call.unsupported("resizes the rows")
        }
        continue
      } else {
        place = try engineAxis(call, axis, rank: rank, isImages: isImages)
      }
      let size = call.shape(value).dimensions[place]
      let scale = sizes.map { Double($0[index]) / Double(max(size, 1)) } ?? given[index]
      let length = sizes?[index] ?? Int((Double(size) * min(max(scale, 0), 1_048_576)).rounded(.down))
      if length == size, scale == 1 { continue }
      guard (1...1 << 20).contains(length), scale > 0 else { throw call.invalid("resizes to \(length)") }
      let taps = options.taps(from: size, to: length, scale: scale)
      value = try call.apply(
        Resampling(axis: place, places: taps.places, weights: taps.weights, taps: taps.count), [value])
    }
    return [isImages ? .images(value) : .rows(value)]
  }
}

/// The settings for resizing an axis, in the format's terms.
struct ONNXResizing {
  let mode: String
  let coordinates: String
  let nearest: String
  let cubic: Double
  let excludesOutside: Bool
  let smooths: Bool
  /// Whether a region of the image is resized, which an operand specifies.
  var crops: Bool { coordinates == "tf_crop_and_resize" }

  init(_ call: some ONNXAttributeReading) throws {
    mode = try call.string("mode", "nearest")
    // Before opset 11, coordinates were only scaled.
    let old = call.node.kind == "Upsample" || call.opset < 11
    coordinates = try call.string("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel")
    nearest = try call.string("nearest_mode", old ? "floor" : "round_prefer_floor")
    cubic = Double(try call.float("cubic_coeff_a", -0.75))
    excludesOutside = try call.integer("exclude_outside", 0) != 0
    smooths = try call.integer("antialias", 0) != 0
    guard ["nearest", "linear", "cubic"].contains(mode) else {
      throw call.unsupported("the mode \"\(mode)\" is not supported")
    }
  }

  /// The position of result element `index` on the original axis.
  func position(
    _ index: Int, from size: Int, to length: Int, scale: Double, region: (Double, Double)?
  ) -> Double {
    let x = Double(index)
    if let region {
      let span = (region.1 - region.0) * Double(size - 1)
      return length > 1
        ? region.0 * Double(size - 1) + x * span / Double(length - 1)
        : 0.5 * (region.0 + region.1) * Double(size - 1)
    }
    switch coordinates {
    case "asymmetric": return x / scale
    case "align_corners":
      // Uses the length given by the scale, even if it is fractional.
      let scaled = scale * Double(size)
      return scaled > 1 ? x * Double(size - 1) / (scaled - 1) : 0
    case "tf_half_pixel_for_nn": return (x + 0.5) / scale
    case "pytorch_half_pixel": return length > 1 ? (x + 0.5) / scale - 0.5 : 0
    case "half_pixel_symmetric":
      let adjustment = Double(length) / (scale * Double(size))
      return Double(size) / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
    default: return (x + 0.5) / scale - 0.5
    }
  }

  func taps(
    from size: Int, to length: Int, scale: Double, region: (Double, Double)? = nil
  ) -> (count: Int, places: [Int32], weights: [Float]?) {
    if mode == "nearest" {
      let places = (0..<length).map { index -> Int32 in
        let x = position(index, from: size, to: length, scale: scale, region: region)
        if region != nil, x < 0 || x > Double(size - 1) { return -1 }
        let rounded =
          switch nearest {
          case "floor": x.rounded(.down)
          case "ceil": x.rounded(.up)
          case "round_prefer_ceil": (x + 0.5).rounded(.down)
          default: (x - 0.5).rounded(.up)
          }
        return Int32(min(max(rounded, 0), Double(size - 1)))
      }
      return (1, places, nil)
    }
    let spread = smooths && scale < 1 ? 1 / scale : 1
    let radius = (mode == "linear" ? 1 : 2) * spread
    let count = min(Int((2 * radius).rounded(.up)) + 1, 1 << 12)
    var (places, weights): ([Int32], [Float]) = ([], [])
    for index in 0..<length {
      let x = position(index, from: size, to: length, scale: scale, region: region)
      if region != nil, x < 0 || x > Double(size - 1) {
        // Outside the image, only the fill value is used.
        places += Array(repeating: -1, count: count)
        weights += Array(repeating: 0, count: count)
        continue
      }
      let first = Int((x - radius).rounded(.down)) + 1
      var (own, sum) = ([Double](), 0.0)
      for tap in 0..<count {
        let place = first + tap
        var weight = kernel((Double(place) - x) / spread)
        if excludesOutside, !(0..<size).contains(place) { weight = 0 }
        own.append(weight)
        sum += weight
        places.append(Int32(min(max(place, 0), size - 1)))
      }
      weights += own.map { Float(sum == 0 ? 0 : $0 / sum) }
    }
    return (count, places, weights)
  }

  /// The triangular kernel, or Keys' cubic convolution (1981).
  private func kernel(_ x: Double) -> Double {
    let d = abs(x)
    if mode == "linear" { return max(1 - d, 0) }
    if d <= 1 { return ((cubic + 2) * d - (cubic + 3)) * d * d + 1 }
    if d < 2 { return ((cubic * d - 5 * cubic) * d + 8 * cubic) * d - 4 * cubic }
    return 0
  }
}
