import Platform

/// The operators of ai.onnx.ml that prepare columns for a model.
enum ONNXPreparing {
  static let table: [String: ONNXInterpreted.Function] = [
    "ai.onnx.ml.Imputer": imputer, "ai.onnx.ml.Scaler": scaler, "ai.onnx.ml.Normalizer": normalizer,
    "ai.onnx.ml.Binarizer": binarizer, "ai.onnx.ml.OneHotEncoder": oneHotEncoder,
    "ai.onnx.ml.LabelEncoder": labelEncoder, "ai.onnx.ml.CategoryMapper": categoryMapper,
    "ai.onnx.ml.FeatureVectorizer": featureVectorizer, "ai.onnx.ml.ZipMap": { [try $0.input(0)] },
  ]

  /// An attribute with a number for each column, or one for all.
  private static func byColumn(_ call: ONNXEvaluation, _ values: [Float], _ width: Int, _ role: String) throws
    -> (Int) -> Double
  {
    guard values.count == width || values.count == 1, width > 0 else {
      throw call.invalid("has \(values.count) numbers of its \(role) for \(width) columns")
    }
    return { Double(values[values.count == 1 ? 0 : $0 % width]) }
  }

  private static func imputer(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let floats = try call.floats("imputed_value_floats") ?? []
    let integers = (try call.integers("imputed_value_int64s") ?? []).map { Float($0) }
    let values = try byColumn(
      call, floats.isEmpty ? integers : floats, x.dimensions.last ?? 1, "imputed values")
    let missing =
      floats.isEmpty
      ? Double(try call.integer("replaced_value_int64", 0))
      : Double(try call.float("replaced_value_float", 0))
    return [
      try ONNXArray(x.dimensions, x.element) { index in
        let number = x[index]
        return number == missing || number.isNaN && missing.isNaN ? values(index) : number
      }
    ]
  }

  private static func scaler(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let width = x.dimensions.last ?? 1
    let offset = try byColumn(call, call.floats("offset") ?? [0], width, "offset")
    let scale = try byColumn(call, call.floats("scale") ?? [1], width, "scale")
    return [try ONNXArray(x.dimensions, .float32) { Double(Float(x[$0]) - Float(offset($0))) * scale($0) }]
  }

  private static func normalizer(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (norm, width) = (try call.string("norm", "MAX"), max(x.dimensions.last ?? 1, 1))
    let lengths = try (0..<x.count / width).map { row -> Double in
      let own = (0..<width).map { x[row * width + $0] }
      switch norm {
      case "L1": return own.reduce(0) { $0 + $1.magnitude }
      case "L2": return own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      case "MAX": return own.max() ?? 1
      default: throw call.invalid("the norm \(norm) is not known")
      }
    }
    return [
      try ONNXArray(x.dimensions, .float32) { lengths[$0 / width] == 0 ? x[$0] : x[$0] / lengths[$0 / width] }
    ]
  }

  private static func binarizer(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, threshold) = (try call.input(0), Double(try call.float("threshold", 0)))
    return [try ONNXArray(x.dimensions, x.element) { x[$0] > threshold ? 1 : 0 }]
  }

  private static func oneHotEncoder(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let names = try call.strings("cats_strings") ?? []
    let numbers = try call.integers("cats_int64s") ?? []
    let count = max(names.count, numbers.count)
    guard count > 0, names.isEmpty == (x.strings == nil) else {
      throw call.invalid("has no categories of the input's type")
    }
    let (texts, codes) = (places(names), places(numbers.map(Double.init)))
    let allowsUnknown = try call.integer("zeros", 1) != 0
    let found = try (0..<x.count).map { index -> Int in
      let place = x.strings.map { texts[$0[index]] } ?? codes[x[index].rounded(.towardZero)]
      guard let place = place ?? (allowsUnknown ? -1 : nil) else {
        throw call.invalid("a category is not one of its \(count)")
      }
      return place
    }
    // A dimension of one column is dropped.
    let shape = x.rank == 2 && x.dimensions[1] == 1 ? [x.dimensions[0], 1] : x.dimensions
    return [try ONNXArray(shape + [count], .float32) { found[$0 / count] == $0 % count ? 1 : 0 }]
  }

  private static func places<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
    Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func labelEncoder(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let map = try ONNXLabelMap(call)
    let found = try (0..<x.count).map { index -> Int? in
      try x.strings.map { map.place(of: $0[index]) } ?? map.place(of: x[index])
    }
    return [try map.values(found, dimensions: x.dimensions)]
  }

  private static func categoryMapper(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (names, codes) = (try call.strings("cats_strings") ?? [], try call.integers("cats_int64s") ?? [])
    guard names.count == codes.count else { throw call.invalid("has lists of different lengths") }
    if let strings = x.strings {
      let (known, other) = (places(names), Double(try call.integer("default_int64", -1)))
      return [try ONNXArray(x.dimensions, .int64) { known[strings[$0]].map { Double(codes[$0]) } ?? other }]
    }
    let (known, other) = (places(codes.map(Double.init)), try call.string("default_string", "_Unused"))
    var result = try ONNXArray([0], .string)
    result.dimensions = x.dimensions
    result.strings = (0..<x.count).map { known[x[$0]].map { names[$0] } ?? other }
    return [result]
  }

  private static func featureVectorizer(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let inputs = try call.inputs.indices.map { try call.input($0) }
    let rows = inputs.first?.dimensions.first ?? 0
    guard rows > 0, inputs.allSatisfy({ $0.rank == 2 && $0.dimensions[0] == rows && $0.dimensions[1] > 0 })
    else {
      throw call.invalid("its inputs are not columns with the same number of rows")
    }
    let origins = inputs.enumerated().flatMap { place, input in
      (0..<input.dimensions[1]).map { (place, $0) }
    }
    return [
      try ONNXArray([rows, origins.count], .float32) { index in
        let (place, column) = origins[index % origins.count]
        return inputs[place][index / origins.count * inputs[place].dimensions[1] + column]
      }
    ]
  }
}

/// The keys and values of a LabelEncoder (versions 1, 2 and 4).
struct ONNXLabelMap {
  enum Values {
    case texts([String], other: String)
    case numbers([Double], other: Double, ONNXArray.Element)
  }

  /// The keys if they are texts; nil if they are numbers.
  let textKeys: [String]?
  let numberKeys: [Double]
  private let texts: [String: Int]
  private let numbers: [Double: Int]
  private let missing: Int?
  let values: Values

  init(_ call: some ONNXAttributeReading) throws {
    if let classes = try call.strings("classes_strings"), !classes.isEmpty {
      // Version 1: texts and their indices.
      (textKeys, numberKeys) = (classes, [])
      values = .numbers(
        classes.indices.map(Double.init), other: Double(try call.integer("default_int64", -1)), .int64)
    } else {
      textKeys = try call.strings("keys_strings") ?? Self.tensor(call, "keys_tensor")?.strings
      let integers = try call.integers("keys_int64s")?.map(Double.init)
      let floats = try call.floats("keys_floats")?.map(Double.init)
      numberKeys = try textKeys != nil ? [] : integers ?? floats ?? Self.numbers(call, "keys_tensor") ?? []
      values = try Self.values(call)
    }
    let count =
      switch values {
      case .texts(let list, _): list.count
      case .numbers(let list, _, _): list.count
      }
    guard count == textKeys?.count ?? numberKeys.count, count > 0 else {
      throw call.invalid("has \(textKeys?.count ?? numberKeys.count) keys for \(count) values")
    }
    // If a key occurs twice, its last value is used.
    texts = Dictionary((textKeys ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
    numbers = Dictionary(
      numberKeys.enumerated().filter { !$1.isNaN }.map { ($1, $0) }, uniquingKeysWith: { $1 })
    missing = numberKeys.firstIndex(where: \.isNaN)
  }

  private static func values(_ call: some ONNXAttributeReading) throws -> Values {
    let standard = try tensor(call, "default_tensor")
    if let texts = try call.strings("values_strings") ?? tensor(call, "values_tensor")?.strings {
      return .texts(texts, other: try standard?.strings?.first ?? call.string("default_string", "_Unused"))
    }
    let other = try standard?.floats()?.array.first.map(Double.init)
    if let integers = try call.integers("values_int64s") {
      return .numbers(
        integers.map(Double.init), other: try other ?? Double(call.integer("default_int64", -1)), .int64)
    }
    if let floats = try call.floats("values_floats") {
      return .numbers(
        floats.map(Double.init), other: try other ?? Double(call.float("default_float", -0.0)), .float32)
    }
    guard let list = try numbers(call, "values_tensor"), let tensor = try tensor(call, "values_tensor") else {
      throw call.invalid("has no values")
    }
    let element = tensor.element.flatMap(ONNXArray.Element.init) ?? .float32
    return .numbers(list, other: other ?? (element.isWhole ? -1 : -0.0), element)
  }

  private static func tensor(_ call: some ONNXAttributeReading, _ name: String) throws -> ONNXTensor? {
    guard let attribute = call.node.attributes[name] else { return nil }
    guard case .tensor(let tensor) = attribute else {
      throw call.invalid("attribute \"\(name)\" is not a tensor")
    }
    return tensor
  }

  private static func numbers(_ call: some ONNXAttributeReading, _ name: String) throws -> [Double]? {
    guard let tensor = try tensor(call, name) else { return nil }
    if let integers = tensor.integers { return integers.map { Double($0) } }
    return try tensor.floats()?.array.map(Double.init)
  }

  func place(of text: String) -> Int? { texts[text] }
  func place(of number: Double) -> Int? { number.isNaN ? missing : numbers[number] }

  /// The values at indices; the default value for nil, which stands for an unknown key.
  func values(_ places: [Int?], dimensions: [Int]) throws -> ONNXArray {
    switch values {
    case .texts(let list, let other):
      var result = try ONNXArray([0], .string)
      result.dimensions = dimensions
      result.strings = places.map { $0.map { list[$0] } ?? other }
      return result
    case .numbers(let list, let other, let element):
      return try ONNXArray(dimensions, element) { places[$0].map { list[$0] } ?? other }
    }
  }
}
