import Datasets
import Equipoise
import Glibc
import Platform

/// Restores an auditor from its content without the digest, which is computed and appended here: the digest
/// would reject all mutated bytes, while an attacker can compute it. A valid auditor reports, merges and is
/// saved again.
func restoreAuditor(_ content: UnsafeRawBufferPointer) throws {
  let auditor = try restored(content)
  let saved = auditor.save()
  do { _ = try JSONValue.parse(auditor.report().text()) } catch { check(error) }
  do { try auditor.merge(restored(content)) } catch { check(error) }
  do { try auditor.update(auditedTable) } catch { check(error) }
  do { _ = try auditor.report() } catch { check(error) }
  do { _ = try saved.withUnsafeBytes { try Auditor(restoring: $0) } } catch {
    fputs("what was saved cannot be restored: \(error)\n", stderr)
    abort()
  }
}

private func restored(_ content: UnsafeRawBufferPointer) throws -> Auditor {
  let digest = Digest()
  digest.update(content)
  var ending = ByteWriter()
  ending.write(digest.finish())
  return try (Array(content) + ending.bytes).withUnsafeBytes { try Auditor(restoring: $0) }
}

private let auditedTable = sampleTable(
  header: "y,p,s,g,r,w,t",
  row: {
    "\($0 % 2),\($0 % 3 == 0 ? 1 : 0),\(Double($0 % 8) / 8),\($0 % 4 < 2 ? "a" : "b"),\($0 % 5),\($0 % 3 + 1),1.5"
  })

/// Configurations whose auditors are the seeds, one for each kind of saved sums.
private let seeds = [
  "counts": #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]}}"#,
  "scores":
    #"{"data": {"label": "y", "score": "s", "sensitive": ["g", {"name": "r", "bins": [2, 4]}]}, "by": [["g", "r"]], "score_bins": 16}"#,
  "intervals":
    #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"], "weight": "w"}, "intervals": {"replicates": 20}}"#,
  "multiclass": #"{"task": "multiclass", "data": {"label": "r", "prediction": "r", "sensitive": ["g"]}}"#,
  "unlabelled": #"{"data": {"prediction": "p", "sensitive": ["g"]}}"#,
  "regression": #"{"task": "regression", "data": {"label": "s", "prediction": "t", "sensitive": ["g"]}}"#,
]

/// Writes the seeds of the corpus without their digests.
func writeAuditorSeeds(to folder: String) throws {
  for (name, json) in seeds {
    let auditor = try Auditor(AuditConfig(json: json))
    try auditor.update(auditedTable)
    let bytes = auditor.save()
    let ending = 8 + Digest.length
    try bytes.withUnsafeBytes {
      try write(UnsafeRawBufferPointer(rebasing: $0.dropLast(ending)), to: "\(folder)/\(name)")
    }
  }
}
