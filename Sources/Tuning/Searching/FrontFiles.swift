import Configurations
import Models
import Platform

/// The files of a front or a search in a folder.
///
///     front.json       the description
///     models/7         the model of trial 7
///     models/7.json    the report of its training
struct FrontFiles {
  static let description = "front.json"
  let directory: String

  init(_ directory: String) { self.directory = directory }

  private func model(_ number: Int) -> String { "\(directory)/models/\(number)" }

  func contains(_ number: Int) -> Bool { MappedFile.exists(model(number) + ".json") }

  func product(_ number: Int) throws -> TrialProduct {
    TrialProduct(
      model: try Model.load(path: model(number)), report: try JSONValue.read(path: model(number) + ".json"))
  }

  /// Writes a model, and then its report, which shows that the model is complete.
  func write(_ product: TrialProduct, of number: Int) throws {
    var options = SaveOptions()
    options.overwrite = true
    try product.model.save(path: model(number), options: options)
    try AtomicFile.write(product.report.text() + "\n", to: model(number) + ".json")
  }
}

extension Front {
  /// Saves all models and the description to a folder.
  ///
  /// - Throws: `io`; `refused` for a folder with other files, and for models that their policy forbids to save.
  public func save(path: String) throws {
    try SaveDirectory.prepare(path, marks: [FrontFiles.description, "search.json"], overwrites: false)
    try SaveDirectory.prepare(path + "/models", marks: [], overwrites: true)
    let files = FrontFiles(path)
    for member in members where !files.contains(member.trial.number) {
      try files.write(member.product, of: member.trial.number)
    }
    try AtomicFile.write(saved.text(indented: true) + "\n", to: "\(path)/\(FrontFiles.description)")
  }

  private var saved: JSONValue {
    [
      "kind": "front", "version": 1, "quality": .string(goals.quality),
      "confidence": .number(goals.confidence),
      "goals": .array(
        goals.gaps.map {
          [
            "objective": .string($0.objective), "attribute": $0.attribute.encoded,
            "measure": .string($0.audited.name), "tolerance": $0.tolerance.map { .finite($0) } ?? .null,
          ]
        }),
      "rule": rule.encoded, "account": .object(account), "notes": .strings(generalNotes),
      "models": .array(
        members.map { member in
          member.trial.json.adding("certificate", member.certificate.map { .object($0.members) } ?? .null)
            .adding("certificate_rows", .integer(member.certificateRows))
        }),
    ]
  }

  /// Loads a front from a folder that `save` or a search wrote.
  ///
  /// - Throws: `io`, `invalidModel` (location: the file), the errors of `Model.load`.
  public static func load(path: String) throws -> Front {
    let files = FrontFiles(path)
    let json = try JSONValue.read(path: "\(path)/\(FrontFiles.description)")
    return try Front(json, at: "\(path)/\(FrontFiles.description)") { try files.product($0) }
  }

  /// - Parameter product: loads the model of a trial.
  /// - Throws: `invalidModel` at `place` for JSON that is not a saved front; the errors of `product`.
  convenience init(_ json: JSONValue, at place: String, product: (Int) throws -> TrialProduct) throws {
    func broken(_ reason: String) -> Failure { .invalidModel("the front \(reason)", at: place) }
    guard json["kind"]?.string == "front", json["version"]?.int == 1 else {
      throw broken("is not one of this version of the library")
    }
    let (goals, rule) = try SearchGoals.read(json, broken)
    let models = json["models"]?.array ?? []
    guard !models.isEmpty else { throw broken("has no models") }
    let members = try models.map { entry -> Member in
      guard let number = entry["trial"]?.int, number >= 0,
        let measured = try? Measurement(entry, gaps: goals.gaps.count)
      else { throw broken("has a model without number or measurement") }
      let certificate = entry["certificate"].flatMap { try? Measurement($0, gaps: goals.gaps.count) }
      let trial = Trial(
        number: number, point: SearchPoint(alternative: 0, coordinates: []),
        values: (entry["values"]?.members ?? []).map { ($0.key, $0.value) }, isComplete: true,
        measurement: measured, failure: nil, seconds: entry["seconds"]?.double ?? 0, product: nil)
      return Member(
        trial: trial, product: try product(number), certificate: certificate,
        certificateRows: max(entry["certificate_rows"]?.int ?? 0, 0))
    }
    let choice: ModelChoice
    do { choice = try ModelChoice(rule, members.compactMap(\.trial.measurement), goals) } catch {
      throw broken("has a rule that does not fit its goals")
    }
    self.init(
      members, goals, rule: rule, choice, account: json["account"]?.members ?? [],
      notes: (json["notes"]?.array ?? []).compactMap(\.string))
  }
}

extension SearchGoals {
  /// The goals and the rule of a saved front.
  fileprivate static func read(_ json: JSONValue, _ broken: (String) -> Failure) throws -> (
    SearchGoals, ChoiceConfig
  ) {
    guard let quality = json["quality"]?.string, let confidence = json["confidence"]?.double,
      (0.5...1).contains(confidence)
    else { throw broken("has no quality or no confidence") }
    let gaps = try (json["goals"]?.array ?? []).map { entry -> Gap in
      guard let objective = entry["objective"]?.string, let measure = entry["measure"]?.string,
        let attribute = try? AttributeReference.decoded(entry["attribute"] ?? .null, at: "")
      else { throw broken("has a goal without objective, attribute or measure") }
      return Gap(
        objective: objective, attribute: attribute, audited: .measure(measure),
        tolerance: entry["tolerance"]?.double)
    }
    guard let rule = try? ChoiceConfig.decoded(json["rule"] ?? .null, at: "") else {
      throw broken("has no rule")
    }
    return (SearchGoals(quality: quality, gaps: gaps, confidence: confidence), rule)
  }
}
