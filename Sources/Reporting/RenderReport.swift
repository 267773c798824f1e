import Platform

/// The formats of rendered reports.
public enum ReportFormat: String, CaseIterable, Sendable {
  case html, markdown, svg
  /// Precision, recall and F1 of each class, in scikit-learn's format.
  case classificationReport = "classification_report"
}

/// Renders a report for people: of `eqp_audit`, an auditor, `eqp_finetune` or `eqp_model_adjust`; or an array
/// of audits, one per model, each with the model's name in the member "name".
///
/// - Throws: `invalidArgument` (location: "report_json") if the JSON is not a report.
public func renderedReport(_ json: JSONValue, as format: ReportFormat) throws -> String {
  switch format {
  case .html: return try HTMLWriter().text(Document(report: json))
  case .markdown: return try MarkdownWriter().text(Document(report: json))
  case .svg: return try SVGWriter().text(Document(report: json))
  case .classificationReport: return try ClassificationReport(json).text
  }
}

extension Document {
  fileprivate init(report json: JSONValue) throws {
    if let models = json.array {
      guard !models.isEmpty, models.allSatisfy({ $0["kind"]?.string == "audit" }) else {
        throw Failure.invalidArgument(
          "report_json is an array, but not of reports of audits", at: "report_json")
      }
      let reports = models.map(AuditReport.init)
      if let only = reports.first, reports.count == 1 {
        self.init(audit: only)
      } else {
        self.init(models: reports)
      }
      return
    }
    switch json["kind"]?.string {
    case "audit": self.init(audit: AuditReport(json))
    case "finetune", "adjust": self.init(fineTuning: json)
    case let kind:
      throw Failure.invalidArgument(
        "report_json is \(kind.map { "of the kind \"\($0)\"" } ?? "no report"); audit, finetune, adjust and arrays of audits "
          + "can be rendered", at: "report_json")
    }
  }
}
