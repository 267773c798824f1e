import Platform

// Writes a model's encoders as ONNX operators, so that the file accepts a table's columns and needs no other
// program. All numeric columns are computed together, and all categorical columns too; a final Gather puts
// the values in the network's order.
extension ONNXGraphWriting {
  static let lookups = 2

  /// The values that are computed so far: the columns of the joined `blocks`.
  private struct Encoded {
    var blocks: [String] = []
    /// The index of each in the network's inputs.
    var places: [Int] = []
  }

  /// Declares an input (rows, 1) for every column, a float or a text, and computes the network's inputs.
  ///
  /// - Returns: the name of the encoded values, (rows, width).
  mutating func writeColumns(_ columns: [ONNXColumn]) -> String {
    var offsets: [Int] = []
    var width = 0
    for column in columns {
      offsets.append(width)
      width += column.width
      declareInput(column.name, element: column.isText ? 8 : 1, [1])
    }
    var encoded = Encoded()
    writeNumbers(columns, offsets, &encoded)
    writeCategories(columns, offsets, &encoded)
    writeCodes(columns, offsets, &encoded)
    let joined = join(encoded.blocks, like: "encoded_blocks")
    var order = Array(repeating: 0, count: width)
    for (column, place) in encoded.places.enumerated() { order[place] = column }
    return order.elementsEqual(0..<width) ? joined : take(order, of: joined, like: "encoded")
  }

  // x (rows, columns) → scaled (rows, columns), missing indicators (rows, indicators), pieces (rows, pieces)
  private mutating func writeNumbers(_ columns: [ONNXColumn], _ offsets: [Int], _ encoded: inout Encoded) {
    var names: [String] = []
    var (fills, shifts, scales, lows, spans): ([Double], [Double], [Double], [Double], [Double]) =
      ([], [], [], [], [])
    var (places, flagged, flagPlaces, pieced, piecePlaces): ([Int], [Int], [Int], [Int], [Int]) =
      ([], [], [], [], [])
    for (column, offset) in zip(columns, offsets) {
      guard case .number(let shift, let inverseScale, let fill, let indicator, let edges) = column.encoding
      else { continue }
      let position = names.count
      names.append(column.name)
      fills.append(fill)
      shifts.append(shift)
      scales.append(inverseScale)
      places.append(offset)
      if indicator {
        flagged.append(position)
        flagPlaces.append(offset + 1)
      }
      for (piece, (low, high)) in zip(edges, edges.dropFirst()).enumerated() {
        pieced.append(position)
        piecePlaces.append(offset + (indicator ? 2 : 1) + piece)
        lows.append(low)
        spans.append(high - low)
      }
    }
    guard !names.isEmpty else { return }
    let double = ("to", ONNXMessage.Attribute.integer(11))
    let float = ("to", ONNXMessage.Attribute.integer(1))
    // In double precision, as in the library's encoder.
    let x = add("Cast", [join(names, like: "numbers")], like: "numbers_wide", [double])
    let missing = add("IsNaN", [x], like: "missing")
    let present = add("Where", [missing, doubles(fills), x], like: "numbers_filled")
    let shifted = add("Sub", [present, doubles(shifts)], like: "numbers_shifted")
    let scaled = add("Mul", [shifted, doubles(scales)], like: "numbers_scaled")
    encoded.blocks.append(add("Cast", [scaled], like: "numbers_encoded", [float]))
    encoded.places += places
    if !flagged.isEmpty {
      let flags = take(flagged, of: missing, like: "missing_flags")
      encoded.blocks.append(add("Cast", [flags], like: "missing_encoded", [float]))
      encoded.places += flagPlaces
    }
    if !pieced.isEmpty {
      let above = add(
        "Sub", [take(pieced, of: present, like: "pieces_numbers"), doubles(lows)], like: "pieces_above")
      let shares = add("Div", [above, doubles(spans)], like: "pieces_shares")
      let bounded = add("Clip", [shares, doubles(0), doubles(1)], like: "pieces_bounded")
      encoded.blocks.append(add("Cast", [bounded], like: "pieces_encoded", [float]))
      encoded.places += piecePlaces
    }
  }

  // texts (rows, 1) each → indices (rows, 1) each → one-hot slots (rows, slots)
  private mutating func writeCategories(
    _ columns: [ONNXColumn], _ offsets: [Int], _ encoded: inout Encoded
  ) {
    var (hot, indices): ([String], [String]) = ([], [])
    var (lookups, slots): ([Int], [Int]) = ([], [])
    var (hotPlaces, indexPlaces): ([Int], [Int]) = ([], [])
    for (column, offset) in zip(columns, offsets) {
      guard case .category(let texts, let places, let unseen, let count) = column.encoding else { continue }
      let place = add(
        "LabelEncoder", [column.name], like: "\(column.name)_place", domain: Self.lookups,
        [
          // The format's lists must not be empty.
          ("keys_strings", .texts(texts.isEmpty ? [""] : texts)),
          ("values_int64s", .integers(texts.isEmpty ? [unseen] : places)),
          ("default_int64", .integer(unseen)),
        ])
      if let count {
        lookups += Array(repeating: hot.count, count: count)
        slots += 0..<count
        hotPlaces += offset..<(offset + count)
        hot.append(place)
      } else {
        indexPlaces.append(offset)
        indices.append(place)
      }
    }
    let float = ("to", ONNXMessage.Attribute.integer(1))
    if !hot.isEmpty {
      let places = take(lookups, of: join(hot, like: "places"), like: "places_by_slot")
      let equal = add("Equal", [places, constant(slots)], like: "slots")
      encoded.blocks.append(add("Cast", [equal], like: "slots_encoded", [float]))
      encoded.places += hotPlaces
    }
    if !indices.isEmpty {
      encoded.blocks.append(add("Cast", [join(indices, like: "indices")], like: "indices_encoded", [float]))
      encoded.places += indexPlaces
    }
  }

  // texts or numbers (rows, 1) → indices (rows, 1), NaN for unknown ones
  private mutating func writeCodes(_ columns: [ONNXColumn], _ offsets: [Int], _ encoded: inout Encoded) {
    for (column, offset) in zip(columns, offsets) {
      let (keys, count): ((String, ONNXMessage.Attribute), Int)
      switch column.encoding {
      case .code(let texts): (keys, count) = (("keys_strings", .texts(texts)), texts.count)
      case .numberedCode(let numbers): (keys, count) = (("keys_floats", .floats(numbers)), numbers.count)
      case .number, .category: continue
      }
      encoded.blocks.append(
        add(
          "LabelEncoder", [column.name], like: "\(column.name)_code", domain: Self.lookups,
          [keys, ("values_floats", .floats((0..<count).map { Float($0) })), ("default_float", .float(.nan))]))
      encoded.places.append(offset)
    }
  }

  /// Truncates some columns of x toward zero, as the tree kernels do for categories; NaN is unchanged.
  mutating func writeWholeParts(of x: String, columns: Set<Int>, width: Int) -> String {
    let sizes = add("Floor", [add("Abs", [x], like: "\(x)_sizes")], like: "\(x)_whole_sizes")
    let whole = add("Mul", [add("Sign", [x], like: "\(x)_signs"), sizes], like: "\(x)_whole")
    guard columns.count < width else { return whole }
    let name = unique("categories")
    let flags = add(
      "Constant", [], like: name, output: name,
      [("value", .tensor(ONNXMessage.bytes((0..<width).map { columns.contains($0) ? 1 : 0 }, name: name)))])
    let chosen = add("Cast", [flags], like: "\(name)_chosen", [("to", .integer(9))])
    return add("Where", [chosen, whole, x], like: "\(x)_categories")
  }

  /// Concatenates columns.
  private mutating func join(_ names: [String], like base: String) -> String {
    names.count == 1 ? names[0] : add("Concat", names, like: base, [("axis", .integer(1))])
  }

  /// Selects columns of a matrix.
  private mutating func take(_ columns: [Int], of matrix: String, like base: String) -> String {
    add("Gather", [matrix, constant(columns)], like: base, [("axis", .integer(1))])
  }

  mutating func doubles(_ values: [Double]) -> String {
    let name = unique("numbers")
    return add(
      "Constant", [], like: name, output: name, [("value", .tensor(ONNXMessage.doubles(values, name: name)))])
  }

  /// A double scalar.
  mutating func doubles(_ value: Double) -> String {
    let name = unique("number")
    return add(
      "Constant", [], like: name, output: name,
      [("value", .tensor(ONNXMessage.doubles([value], dimensions: [], name: name)))])
  }
}
