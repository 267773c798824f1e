import Configurations
import Fairness
import Platform

/// The declared labels, and the class of each of their spellings.
///
/// A value is looked up exactly first, and then by its normal form (`LabelSpelling`) if that is unique among
/// the classes. Values are never matched by order: a value without a class is an error.
struct LabelVocabulary {
  /// In the order of their codes; with two classes, the negative one comes first.
  private(set) var classes: [String]
  /// How the positive class was chosen, for two classes.
  let rule: PositiveLabel.Rule?
  /// Whether no value of the negative class has occurred yet; its name is then "".
  private(set) var lacksNegative = false
  private var exact: [String: Int]
  /// The class by normal form; -1 if several classes share the form.
  private var alike: [String: Int]
  /// Whether the classes are those of a model.
  private(set) var isModel = false
  /// The replacements of values in the configuration.
  private let replacements: [String: String]

  private init(_ classes: [String], _ data: DataConfig, rule: PositiveLabel.Rule?) {
    self.classes = classes
    self.rule = rule
    replacements = Self.replacements(data)
    (exact, alike) = ([:], [:])
    for (place, name) in classes.enumerated() { declare(name, as: place) }
  }

  private static func replacements(_ data: DataConfig) -> [String: String] {
    Dictionary(
      data.values.entries.map { ($0.key, $0.value.text) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func declare(_ spelling: String, as place: Int) {
    exact[spelling] = place
    let common = LabelSpelling.common(spelling)
    // A normal form that two classes share cannot identify a class.
    alike[common] = alike[common, default: place] == place ? place : -1
  }

  /// The replacement of a value by `values` of the configuration; otherwise the value itself.
  private static func replaced(_ value: String, _ replacements: [String: String]) -> String {
    if replacements.isEmpty { return value }
    if let found = replacements[value] { return found }
    let common = LabelSpelling.common(value)
    let matches = Set(replacements.filter { LabelSpelling.common($0.key) == common }.values)
    return matches.count == 1 ? matches.first ?? value : value
  }

  /// The index of a value's class; nil if the value is not declared.
  func place(of value: String) -> Int? {
    let value = Self.replaced(value, replacements)
    return exact[value] ?? alike[LabelSpelling.common(value)].flatMap { $0 < 0 ? nil : $0 }
  }

  /// Whether a value equals a class's name exactly.
  func isExact(_ value: String) -> Bool { exact[value].map { classes[$0] == value } ?? false }

  // MARK: Several classes

  /// - Parameters:
  ///   - known: the classes in their order; empty: the values are the classes.
  init(values: [String], known: [String], isModel: Bool = false, _ data: DataConfig) {
    guard known.isEmpty else {
      self.init(known, data, rule: nil)
      self.isModel = isModel
      return
    }
    let replacements = Self.replacements(data)
    var names: [String] = []
    for value in values.map({ Self.replaced($0, replacements) }) where !names.contains(value) {
      names.append(value)
    }
    self.init(Self.ordered(names), data, rule: nil)
  }

  /// Integers in numeric order; texts in byte order.
  private static func ordered(_ names: [String]) -> [String] {
    let integers = names.compactMap { Int($0) }
    return integers.count == names.count
      ? zip(integers, names).sorted { $0.0 < $1.0 }.map(\.1)
      : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Two classes

  /// The two classes of a column's values.
  ///
  /// - Parameters:
  ///   - known: the classes of a model or of earlier rows, the negative one first ("" if it has not
  ///     occurred); otherwise empty.
  ///   - isModel: whether the classes are a model's.
  /// - Returns: nil if nothing determines the positive values.
  /// - Throws: `invalidConfig` if the configuration contradicts the model or itself.
  init?(binary values: [String], known: [String], isModel: Bool, _ data: DataConfig) throws {
    let replacements = Self.replacements(data)
    func named(_ labels: OneOrMore?) -> [String] {
      (labels?.values ?? []).map { Self.replaced($0, replacements) }
    }
    let (positive, negative) = (named(data.positive), named(data.negative))
    if let both = positive.first(where: negative.contains) {
      throw Failure.invalidConfig("\"\(both)\" is also named as positive", at: "/data/negative")
    }
    if known.count == 2 {
      try self.init(values, known: known, isModel: isModel, positive, negative, data)
    } else if positive.isEmpty, negative.isEmpty {
      self.init(unnamed: values.map { Self.replaced($0, replacements) }, replacements, data)
    } else {
      self.init(values, positive, negative, data)
    }
  }

  /// Two classes that are known.
  private init(
    _ values: [String], known: [String], isModel: Bool, _ positive: [String], _ negative: [String],
    _ data: DataConfig
  ) throws {
    try Self.require(positive, at: "positive", isNot: known[0], but: known[1])
    try Self.require(negative, at: "negative", isNot: known[1], but: known[0])
    let isMapped = !data.values.entries.isEmpty && LabelSpelling.common(known[1]) == "1"
    let isNamed = data.positive != nil || data.negative != nil || !isModel && isMapped
    self.init(
      known, data,
      rule: isNamed ? .named : isModel ? .model : known == ["0", "1"] ? .oneOfZeroAndOne : .lastInOrder)
    self.isModel = isModel
    if known[0].isEmpty {
      forgetNegative()
      adoptNegative(among: values)
    }
    for label in positive { declare(label, as: 1) }
    for label in negative { declare(label, as: 0) }
    // If the model does not know the positive label, the rows have another vocabulary: all other values are
    // negative.
    if !positive.isEmpty, !positive.contains(where: { LabelSpelling.areAlike($0, known[1]) }),
      negative.isEmpty
    {
      adoptNegative(among: values)
    }
  }

  /// The classes if the configuration names neither positive nor negative values.
  ///
  /// - Parameter found: the values after replacement.
  private init?(unnamed found: [String], _ replacements: [String: String], _ data: DataConfig) {
    let distinct = found.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    if distinct == ["0"] || distinct == ["1"] || Set(distinct) == ["0", "1"] {
      self.init(["0", "1"], data, rule: .oneOfZeroAndOne)
    } else if distinct.count == 2, !replacements.isEmpty,
      let one = distinct.first(where: { LabelSpelling.common($0) == "1" }),
      let other = distinct.first(where: { $0 != one })
    {
      // The replacements define which value is 1.
      self.init([other, one], data, rule: .named)
    } else if distinct.count == 2 {
      self.init(replacements.isEmpty ? distinct : Self.ordered(distinct), data, rule: .lastInOrder)
    } else {
      return nil
    }
  }

  /// The classes if the configuration names positive or negative values.
  private init?(_ values: [String], _ positive: [String], _ negative: [String], _ data: DataConfig) {
    let replacements = Self.replacements(data)
    let found = values.map { Self.replaced($0, replacements) }
    guard !positive.isEmpty else {
      let others = found.filter { value in !negative.contains { LabelSpelling.areAlike($0, value) } }
      guard let first = others.first, others.allSatisfy({ LabelSpelling.areAlike($0, first) }) else {
        return nil
      }
      self.init([Self.spelling(of: negative, in: found), first], data, rule: .named)
      for label in negative { declare(label, as: 0) }
      return
    }
    self.init(
      [Self.spelling(of: negative, in: found), Self.spelling(of: positive, in: found)], data, rule: .named)
    for label in positive { declare(label, as: 1) }
    for label in negative { declare(label, as: 0) }
    if negative.isEmpty {
      forgetNegative()
      adoptNegative(among: values)
    }
  }

  /// For two classes: the positive label, for a report.
  func positive(column: String?) -> PositiveLabel? {
    guard let rule, classes.count == 2 else { return nil }
    return PositiveLabel(
      value: classes[1], other: lacksNegative ? nil : classes[0], column: column, rule: rule)
  }

  /// The spelling in the column of the first of the labels that occurs in it.
  private static func spelling(of labels: [String], in found: [String]) -> String {
    guard let first = labels.first else { return "" }
    if labels.contains(where: found.contains) { return labels.first(where: found.contains) ?? first }
    return found.first { value in labels.contains { LabelSpelling.areAlike($0, value) } } ?? first
  }

  private static func require(_ labels: [String], at key: String, isNot other: String, but own: String) throws
  {
    let wrong = labels.first { LabelSpelling.areAlike($0, other) && !LabelSpelling.areAlike($0, own) }
    guard let wrong else { return }
    throw Failure.invalidConfig(
      "\"\(wrong)\" is the other class of the model, whose \(key) one is \"\(own)\"", at: "/data/\(key)")
  }

  private mutating func forgetNegative() {
    lacksNegative = true
    classes[0] = ""
    (exact[""], alike[""]) = (nil, nil)
  }

  /// Whether the replacements name positive values but no negative ones. Among decisions, the only other
  /// value is then the negative class.
  var mapsPositivesAlone: Bool {
    classes.count == 2 && !replacements.isEmpty && replacements.keys.allSatisfy { place(of: $0) == 1 }
  }

  /// Makes the undeclared values the negative class, if they are spellings of one label.
  mutating func adoptNegative(among values: [String]) {
    let others = values.filter { place(of: $0) == nil }
    guard let first = others.first, others.allSatisfy({ LabelSpelling.areAlike($0, first) }) else { return }
    let name = Self.replaced(first, replacements)
    if lacksNegative {
      lacksNegative = false
      classes[0] = name
    }
    for value in others { declare(Self.replaced(value, replacements), as: 0) }
  }
}
