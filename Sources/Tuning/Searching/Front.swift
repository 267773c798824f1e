import Configurations
import Models
import Platform

/// The models of a search that no other candidate dominates in quality and all gaps. Immutable.
public final class Front: @unchecked Sendable {
  struct Member {
    let trial: Trial
    let product: TrialProduct
    /// The measurement on rows that no choice saw; nil: there are none.
    let certificate: Measurement?
    let certificateRows: Int
  }

  let members: [Member]
  let goals: SearchGoals
  /// The configured rule of the choice.
  let rule: ChoiceConfig
  private let choice: ModelChoice
  /// What the search did, for its description.
  let account: [JSONValue.Member]
  /// Warnings that do not depend on the choice.
  let generalNotes: [String]

  init(
    _ members: [Member], _ goals: SearchGoals, rule: ChoiceConfig, _ choice: ModelChoice,
    account: [JSONValue.Member], notes: [String]
  ) {
    (self.members, self.goals, self.rule, self.choice) = (members, goals, rule, choice)
    (self.account, generalNotes) = (account, notes)
  }

  /// The number of models, at least 1.
  public var count: Int { members.count }

  /// The index of the model that the configured rule chose.
  public var chosen: Int { choice.index }

  /// The model at an index; the first has the best quality, the last the smallest gaps.
  ///
  /// - Throws: `invalidArgument` (location: "index").
  public func model(at index: Int) throws -> Model { try member(at: index).product.model }

  /// The report of the training of a model.
  ///
  /// - Throws: `invalidArgument` (location: "index").
  public func report(at index: Int) throws -> JSONValue { try member(at: index).product.report }

  private func member(at index: Int) throws -> Member {
    guard members.indices.contains(index) else {
      throw Failure.invalidArgument(
        "the front has \(members.count) models; \(index) is not the index of one", at: "index")
    }
    return members[index]
  }

  // MARK: Choosing

  /// Chooses by another rule than the configured one.
  ///
  /// - Returns: the index, and the description of the choice with the certificate of the chosen model.
  /// - Throws: `invalidConfig` for a rule that does not fit the goals.
  public func choose(_ rule: ChoiceConfig) throws -> (index: Int, report: JSONValue) {
    let choice = try ModelChoice(rule, members.compactMap(\.trial.measurement), goals)
    return (choice.index, .object(described(choice, rule)))
  }

  private func described(_ choice: ModelChoice, _ rule: ChoiceConfig) -> [JSONValue.Member] {
    let certificate = certificate(of: choice.index, rule)
    return [
      .init("rule", rule.encoded), .init("chosen", .integer(choice.index)),
      .init("because", .string(choice.because)),
      .init("certificate", certificate.map { $0.0.json($0.1) } ?? .null),
    ]
  }

  /// The certificate of a model, and the goals with the rule's tolerances.
  private func certificate(of index: Int, _ rule: ChoiceConfig) -> (Certificate, SearchGoals)? {
    guard members.indices.contains(index), let measurement = members[index].certificate else { return nil }
    return (
      Certificate(rows: members[index].certificateRows, measurement: measurement),
      goals.with(tolerances: rule.tolerances)
    )
  }

  // MARK: Describing

  /// The goals, the models of the front, all candidates, the choice and its certificate.
  public func describe() -> JSONValue {
    .object([.init("kind", "front"), .init("version", 1)] + description)
  }

  /// The report of the chosen model's training, with the search.
  public func chosenReport() throws -> JSONValue {
    let report = try report(at: chosen)
    let notes = (report["notes"]?.array ?? []) + notes.map { .string($0) }
    return .object(
      (report.members ?? []).filter { $0.key != "notes" && $0.key != "provenance" }
        + [
          .init("search", .object(description)), .init("notes", .array(notes)),
          .init("provenance", report["provenance"] ?? .null),
        ])
  }

  private var description: [JSONValue.Member] {
    account.filter { $0.key != "candidates" } + [
      .init("goals", goals.json),
      .init("front", .array(members.enumerated().map { Self.json($1, index: $0) })),
    ] + described(choice, rule) + account.filter { $0.key == "candidates" } + [
      .init("notes", .strings(notes))
    ]
  }

  var notes: [String] {
    generalNotes + (certificate(of: choice.index, rule).map { $0.0.notes($0.1) } ?? [])
  }

  private static func json(_ member: Member, index: Int) -> JSONValue {
    .object(
      [.init("index", .integer(index))] + (member.trial.json.members ?? []).filter { $0.key != "complete" }
        + [.init("notes", member.product.report["notes"] ?? [])])
  }
}

extension SearchGoals {
  /// The goals with other tolerances; empty: the same ones.
  fileprivate func with(tolerances: [Double]) -> SearchGoals {
    guard tolerances.count == gaps.count else { return self }
    return SearchGoals(
      quality: quality,
      gaps: zip(gaps, tolerances).map {
        Gap(objective: $0.objective, attribute: $0.attribute, audited: $0.audited, tolerance: $1)
      }, confidence: confidence)
  }
}
