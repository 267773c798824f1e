import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A copy of `text` for the host, to be freed with `eqp_free`; nil if memory is exhausted. A NUL inside the
/// text becomes U+FFFD, because C strings cannot contain it.
func copied(_ text: String) -> UnsafeMutablePointer<CChar>? {
  var text = text
  if text.utf8.contains(0) {
    text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{fffd}" : $0 }))
  }
  return text.withCString { strdup($0) }
}
