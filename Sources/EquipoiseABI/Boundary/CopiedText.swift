import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A copy of `text` for the host, released with `eqp_free`; nil when there is no memory. A NUL inside,
/// which C cannot carry, becomes U+FFFD.
func copied(_ text: String) -> UnsafeMutablePointer<CChar>? {
  var text = text
  if text.utf8.contains(0) {
    text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{fffd}" : $0 }))
  }
  return text.withCString { strdup($0) }
}
