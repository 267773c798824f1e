import Configurations
import Datasets
import Fairness
import Platform

extension AnalysisSelection {
  /// The requested sections, and notes on their missing values.
  func sections(_ rows: AnalysisRows) throws -> (members: [JSONValue.Member], notes: [String]) {
    var members: [JSONValue.Member] = []
    var notes: [String] = []
    func add(_ key: String, _ make: (inout SectionNotes) throws -> JSONValue) throws {
      try HostCall.check()
      var own = SectionNotes(key)
      members.append(.init(key, try make(&own)))
      notes += own.notes
    }
    if let dataChecks { try add("data_checks") { try dataChecks.section(rows, &$0) } }
    if let individual { try add("individual") { try individual.section(rows, &$0) } }
    if let subgroups { try add("subgroups") { try subgroups.section(rows, &$0) } }
    if let ranking { try add("ranking") { try ranking.section(rows, &$0) } }
    if let identityTerms { try add("identity_terms") { try identityTerms.section(rows, &$0) } }
    if let tokens { try add("tokens") { try tokens.section(rows, &$0) } }
    if let continuous { try add("continuous") { try continuous.section(rows, &$0) } }
    if let multilabel { try add("multilabel") { try multilabel.section(rows, &$0) } }
    if let groupProbabilities {
      try add("group_probabilities") { try groupProbabilities.section(rows, &$0) }
    }
    if let topK { try add("top_k") { try topK.section(rows, &$0) } }
    return (members, notes)
  }
}
