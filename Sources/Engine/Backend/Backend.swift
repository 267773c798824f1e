import COneDNN
import EngineKernels
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The interface to oneDNN. Only this folder uses it; another library or device would replace it here.
public enum Backend {
  public static var name: String {
    guard let version = dnnl_version()?.pointee else { return "oneDNN" }
    return "oneDNN \(version.major).\(version.minor).\(version.patch)"
  }

  /// The instruction set that oneDNN uses on this processor.
  public static var instructionSet: String {
    switch dnnl_get_effective_cpu_isa() {
    case dnnl_cpu_isa_sse41: "sse4.1"
    case dnnl_cpu_isa_avx: "avx"
    case dnnl_cpu_isa_avx2: "avx2"
    case dnnl_cpu_isa_avx2_vnni: "avx2-vnni"
    case dnnl_cpu_isa_avx512_core: "avx512"
    case dnnl_cpu_isa_avx512_core_vnni: "avx512-vnni"
    case dnnl_cpu_isa_avx512_core_bf16: "avx512-bf16"
    case dnnl_cpu_isa_avx512_core_amx: "avx512-amx"
    default: "generic"
    }
  }

  /// C (m, n) = A (m, k) · B (k, n), or C += A · B if `accumulate`. A is stored (k, m) if `transposeA`, and B
  /// (n, k) if `transposeB`. All matrices are row-major.
  @inline(__always)
  public static func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, transposeA: Bool,
    _ b: UnsafePointer<Float>, transposeB: Bool, into c: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    multiply(
      m, n, k, a, stride: transposeA ? m : k, transposeA: transposeA, b, stride: transposeB ? k : n,
      transposeB: transposeB, into: c, stride: n, accumulate: accumulate)
  }

  /// The same for submatrices of larger matrices, whose stored rows are `stride` numbers apart.
  @inline(__always)
  public static func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, stride aStride: Int, transposeA: Bool,
    _ b: UnsafePointer<Float>, stride bStride: Int, transposeB: Bool, into c: UnsafeMutablePointer<Float>,
    stride cStride: Int, accumulate: Bool
  ) {
    guard m > 0, n > 0 else { return }
    let status = contained_sgemm(
      CChar(transposeA ? 84 : 78), CChar(transposeB ? 84 : 78), dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k),
      1, a, dnnl_dim_t(aStride), b, dnnl_dim_t(bStride), accumulate ? 1 : 0, c, dnnl_dim_t(cStride))
    expect(status)
  }

  /// Marks the call as out of memory if a computation failed: its output is undefined, so the call returns no
  /// results.
  @inline(__always)
  static func expect(_ status: dnnl_status_t) {
    if status != dnnl_success { memory_call_mark() }
  }

  static func add(_ addend: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, _ count: Int) {
    add_values(sum, addend, count)
  }

  // oneDNN as distributions build it starts OpenMP threads for large products. The workers already provide
  // the parallelism. The setting is per thread and is restored afterwards.
  private typealias SetThreads = @convention(c) (Int32) -> Void
  private typealias GetThreads = @convention(c) () -> Int32
  private static let openMP: (set: SetThreads, get: GetThreads)? = {
    guard let set = dlsym(nil, "omp_set_num_threads"), let get = dlsym(nil, "omp_get_max_threads") else {
      return nil
    }
    return (unsafeBitCast(set, to: SetThreads.self), unsafeBitCast(get, to: GetThreads.self))
  }()

  /// Runs `body` with the compute library on the calling thread alone.
  @inline(__always)
  public static func onThisThread(_ body: () throws -> Void) rethrows {
    guard let openMP else { return try body() }
    let before = openMP.get()
    if before != 1 { openMP.set(1) }
    defer { if before != 1 { openMP.set(before) } }
    try body()
  }
}
