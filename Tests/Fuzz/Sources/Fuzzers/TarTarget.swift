import Platform

/// Reads an archive unchanged, and again with corrected checksums of its headers, which mutations break. All
/// results must be inside the bytes.
func readTar(_ bytes: UnsafeRawBufferPointer) throws {
  let copy = try Buffer<UInt8>(count: bytes.count, for: "an archive")
  UnsafeMutableRawBufferPointer(copy.elements).copyMemory(from: bytes)
  let own = UnsafeRawBufferPointer(copy.elements)
  _ = TarArchive.isOne(own)
  do { try walk(own, owner: copy) } catch { check(error) }
  for start in stride(from: 0, to: bytes.count - 511, by: 512) {
    let header = start..<(start + 512)
    var sum = 0
    for place in header { sum += (148..<156).contains(place - start) ? 32 : Int(copy.pointer[place]) }
    let digits = Array(String(sum, radix: 8).utf8)
    for place in 0..<8 { copy.pointer[start + 148 + place] = place == 6 ? 0 : place == 7 ? 32 : 48 }
    for (place, digit) in digits.suffix(6).enumerated() {
      copy.pointer[start + 148 + 6 - min(6, digits.count) + place] = digit
    }
  }
  try walk(own, owner: copy)
}

private func walk(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) throws {
  for (name, file) in try TarArchive.files(bytes, owner: owner, named: "fuzz.tar") {
    guard !name.utf8.contains(0) else { fatalError("a name with NUL") }
    // AddressSanitizer detects a read outside the bytes.
    var sum = 0
    for byte in file.bytes { sum &+= Int(byte) }
    guard sum >= 0, file.bytes.count <= bytes.count else { fatalError("a file larger than its archive") }
  }
}
