import Datasets
import Equipoise
import Glibc
import Platform

/// Loads a transform from its content without the digest, which is computed and appended here, as for
/// auditors. A valid one is described, saved again and applied.
func restoreTransform(_ content: UnsafeRawBufferPointer) throws {
  let digest = Digest()
  digest.update(content)
  var ending = ByteWriter()
  ending.write(digest.finish())
  let transform = try (Array(content) + ending.bytes).withUnsafeBytes { try Transform(restoring: $0) }
  _ = try JSONValue.parse(transform.describe().text())
  for table in [transformedTable, unlabelledTable] {
    do { _ = try transform.apply(table).digest() } catch { check(error) }
  }
  do { _ = try transform.save().withUnsafeBytes { try Transform(restoring: $0) } } catch {
    fputs("what was saved cannot be loaded: \(error)\n", stderr)
    abort()
  }
}

private let transformedTable = sampleTable(
  header: "y,x,n,t,g",
  row: {
    "\($0 % 3 == 0 ? 1 : 0),\(Double($0 % 7) / 4),\($0 % 5),\($0 % 2 == 0 ? "u" : "v"),"
      + "\($0 % 4 < 2 ? "a" : "b")"
  })
private let unlabelledTable = sampleTable(
  header: "x,n,t,g", row: { "\(Double($0 % 9)),\($0),\($0 % 3 == 0 ? "" : "w"),\($0 % 3 == 0 ? "a" : "c")" })

/// The steps whose transforms are the seeds, one for each kind of saved state.
private let seeds = [
  "weights": #"{"name": "reweighing"}"#,
  "fills": #"{"name": "imputation", "indicator": true}"#,
  "scales": #"{"name": "standardization"}, {"name": "clipping"}"#,
  "drops": #"{"name": "constant_columns"}"#,
  "repair": #"{"name": "disparate_impact_remover", "level": 0.7}"#,
  "effects": #"{"name": "correlation_remover"}"#,
  "components": #"{"name": "fair_pca", "columns": ["x", "n"]}"#,
  "prototypes": #"{"name": "learned_representation", "prototypes": 2, "steps": 5}"#,
  "rows": #"{"name": "random_oversampling"}"#,
]

/// Writes the seeds of the corpus without their digests.
func writeTransformSeeds(to folder: String) throws {
  for (name, steps) in seeds {
    let config = try TransformConfig(
      json: #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [\#(steps)]}"#)
    let bytes = try Transform.fit(transformedTable, config, reporting: false).transform.save()
    let ending = 8 + Digest.length
    try bytes.withUnsafeBytes {
      try write(UnsafeRawBufferPointer(rebasing: $0.dropLast(ending)), to: "\(folder)/\(name)")
    }
  }
}
