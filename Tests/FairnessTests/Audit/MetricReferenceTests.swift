@testable import Fairness
import Platform
import Testing

/// The 400 reference rows, by sex (0 and 1; the literals of SciPy 1.17.1, scikit-learn 1.9.1 and numpy).
@Suite(
  "Metrics of tables and distributions against SciPy and scikit-learn")
struct MetricReferenceTests {
  let reference: ReferenceRows
  init() throws { reference = try #require(ReferenceRows.loaded) }

  private func close(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs((value ?? .nan) - expected) <= tolerance
  }

  @Test("Rates of the confusion table: TN 157, FP 53, FN 79, TP 111")
  func tables() throws {
    let names = [
      "positive_likelihood_ratio", "negative_likelihood_ratio", "diagnostic_odds_ratio", "informedness",
      "markedness", "matthews_correlation", "cohen_kappa", "threat_score", "fowlkes_mallows",
      "fn_fp_ratio", "prevalence_threshold",
    ]
    let result = try Audit.run(reference.rows(), AuditOptions(metrics: names))
    func value(_ name: String) -> Double? { result.value(metric: name) }
    #expect(close(value("positive_likelihood_ratio"), 2.3147964250248263))
    #expect(close(value("negative_likelihood_ratio"), 0.5561515253100905))
    #expect(close(value("diagnostic_odds_ratio"), 157.0 * 111 / (53 * 79)))
    #expect(close(value("informedness"), 0.33182957393483714))
    #expect(close(value("markedness"), 111.0 / 164 + 157.0 / 236 - 1))
    #expect(close(value("matthews_correlation"), 0.3369175327984854))
    #expect(close(value("cohen_kappa"), 0.33400605449041365))
    #expect(close(value("threat_score"), 0.4567901234567901))
    #expect(close(value("fowlkes_mallows"), 0.6288169710298849))
    #expect(close(value("fn_fp_ratio"), 79.0 / 53))
    let (fpr, tpr) = (53.0 / 210, 111.0 / 190)
    #expect(close(value("prevalence_threshold"), fpr.squareRoot() / (fpr.squareRoot() + tpr.squareRoot())))
  }

  @Test("Calibration in equal bins, and the parts of the Brier score")
  func calibration() throws {
    let result = try Audit.run(
      reference.rows(),
      AuditOptions(metrics: [
        "ece", "ece[15]", "max_calibration_error", "brier_reliability", "brier_resolution", "brier",
        "brier_uncertainty", "ece_equal_mass[400]", "brier_reliability[10000]", "brier_resolution[10000]",
      ]))
    func value(_ name: String) -> Double? { result.value(metric: name) }
    #expect(close(value("ece"), 0.0343653125))
    #expect(close(value("ece[15]"), 0.0578398325))
    #expect(close(result.value(metric: "ece", attribute: "sex", group: "1"), 0.0772627707317073))
    #expect(close(value("max_calibration_error"), 0.16193454545454566))
    #expect(close(value("brier_reliability"), 0.0031502963247320662))
    #expect(close(value("brier_resolution"), 0.04278842268888972))
    // Scores have six digits, so that 10,000 bins nearly have one score each: the parts make the whole.
    let whole =
      value("brier_reliability[10000]")! - value("brier_resolution[10000]")! + value("brier_uncertainty")!
    #expect(close(value("brier"), whole, 1e-4))
    #expect(value("ece_equal_mass[400]")! > 0.2)  // a row a bin: the mean absolute error
  }

  @Test("Distances between the scores of the sexes")
  func distances() throws {
    let names = [
      "ks_distance", "wasserstein_distance", "jensen_shannon_divergence", "jensen_shannon_divergence[50]",
      "total_variation_distance", "kl_divergence", "abroca", "abcc", "abpc", "balance_for_positive_class",
      "ks_distance_to_overall", "jensen_shannon_divergence_to_overall[50]", "cohens_d",
    ]
    let result = try Audit.run(reference.rows(), AuditOptions(metrics: names, referenceGroups: ["sex": "1"]))
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "sex") }
    #expect(close(value("ks_distance"), 0.20838023764853034))
    #expect(close(value("wasserstein_distance"), 0.1062572038774234))
    #expect(close(value("abcc"), 0.1062572038774234))
    #expect(close(value("jensen_shannon_divergence"), 0.08626832404421785))
    #expect(close(value("jensen_shannon_divergence[50]"), 0.12405847183651941))
    #expect(close(value("total_variation_distance"), 0.20575359599749846))
    #expect(close(value("kl_divergence"), 0.24207091173185424))
    #expect(close(value("abroca"), 0.06538578617194782, 1e-6))  // on a grid of 2 million steps
    #expect(close(value("abpc"), 0.34654152579554026))
    #expect(close(value("balance_for_positive_class"), 0.09840769920782849))
    #expect(close(value("cohens_d"), -0.3928965840562678))
    #expect(value("ks_distance_to_overall")! < 0.2084)
    #expect(value("jensen_shannon_divergence_to_overall[50]")! < 0.124)
    let weighted = try Audit.run(
      reference.rows(weighted: true), AuditOptions(metrics: ["wasserstein_distance"]))
    #expect(close(weighted.value(metric: "wasserstein_distance", attribute: "sex"), 0.10455380338519857))
  }

  @Test("Bins move a distance by no more than their width")
  func bins() throws {
    let (overall, frames) = try AuditSums(reference.rows()).frames(distributions: true)
    _ = overall
    let exact = frames[0].sums.compactMap(\.distribution)
    for bins in [16, 256, 4096] {
      let binned = exact.map { $0.rebinned(bins) }
      let width = 1 / Double(bins)
      let (a, b) = (
        FairnessMeasure.wassersteinDistance(exact[0], exact[1]).number(.undefined)!,
        FairnessMeasure.wassersteinDistance(binned[0], binned[1]).number(.undefined)!
      )
      #expect(abs(a - b) <= width)
      #expect(abs(exact[0].areaUnderROC! - binned[0].areaUnderROC!) <= 8 * width)
    }
    #expect(
      close(
        exact[1].areaUnderROC,
        try #require(
          try Audit.run(reference.rows()).value(metric: "auc", attribute: "sex", group: "1"))))
  }
}
