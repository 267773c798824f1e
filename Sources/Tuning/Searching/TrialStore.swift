import Configurations
import Models
import Platform

/// The folder in which a search keeps its finished trials, so that it can continue after it was stopped.
///
///     search.json      the fingerprint of the search
///     trials/7.json    a finished trial
///     models/7         its model, if no earlier trial dominated it
///     models/7.json    the report of its training
struct TrialStore {
  let directory: String
  private let goals: Int

  private var search: String { directory + "/search.json" }
  private func path(_ number: Int) -> String { "\(directory)/trials/\(number).json" }

  /// - Parameters:
  ///   - fingerprint: a digest of everything on which the trials depend.
  ///   - goals: the number of goals of fairness.
  /// - Throws: `refused` for a folder with other files; `integrity` if it belongs to another search; `io`.
  init(_ directory: String, fingerprint: String, goals: Int) throws {
    try FileBounds.require(directory, at: "/search/directory")
    self.directory = directory
    self.goals = goals
    try SaveDirectory.prepare(directory, marks: ["search.json"], overwrites: false)
    for name in ["trials", "models"] {
      try SaveDirectory.prepare("\(directory)/\(name)", marks: [], overwrites: true)
    }
    guard MappedFile.exists(search) else {
      try AtomicFile.write(
        JSONValue.object(["kind": "search", "version": 1, "fingerprint": .string(fingerprint)]).text() + "\n",
        to: search)
      return
    }
    guard try JSONValue.read(path: search)["fingerprint"]?.string == fingerprint else {
      throw Failure(
        .integrity,
        "\(directory) has the trials of another search: its configuration, rows or base model differ; an empty or a new "
          + "folder is accepted", at: "/search/directory")
    }
  }

  /// A finished trial; nil if it is not there, or is not that of the proposal.
  func trial(_ number: Int, _ proposal: Proposal, _ values: [Trial.Value]) throws -> Trial? {
    guard MappedFile.exists(path(number)) else { return nil }
    let json = try JSONValue.read(path: path(number))
    guard json["trial"]?.int == number,
      json["values"] == .object(values.map { .init($0.pointer, $0.value) })
    else { return nil }
    return Trial(
      number: number, point: proposal.point, values: values, isComplete: proposal.isComplete,
      measurement: json["gaps"] == nil ? nil : try Measurement(json, gaps: goals),
      failure: json["failure"]?.string, seconds: json["seconds"]?.double ?? 0, product: nil)
  }

  /// Keeps a trial; its model is written first, so that a trial without one had none.
  func write(_ trial: Trial) throws {
    if let product = trial.product { try write(product, of: trial.number) }
    try AtomicFile.write(trial.json.text() + "\n", to: path(trial.number))
  }

  func write(_ product: TrialProduct, of number: Int) throws {
    try FrontFiles(directory).write(product, of: number)
  }

  /// The model of a trial; nil if it was not kept.
  func product(_ number: Int) throws -> TrialProduct? {
    let files = FrontFiles(directory)
    return files.contains(number) ? try files.product(number) : nil
  }
}
