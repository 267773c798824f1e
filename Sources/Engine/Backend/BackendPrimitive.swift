import COneDNN
import Platform

/// One of oneDNN's primitives, created for one shape. Its operands' addresses are bound before each run.
final class BackendPrimitive {
  /// The memory layout of an operand: read from a primitive's description, or passed to one.
  typealias Layout = dnnl_memory_desc_t

  private let primitive: dnnl_primitive_t
  private let arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
  /// Floats of scratch memory that a run needs in addition to its operands.
  let scratchCount: Int

  /// The process's engine. If it could not be created, the next use tries again.
  static var engine: dnnl_engine_t? { engineLock.withLock(makeEngine) }
  private static let engineLock = Lock()
  nonisolated(unsafe) private static var madeEngine: dnnl_engine_t?

  private static func makeEngine() -> dnnl_engine_t? {
    if madeEngine == nil { Backend.expect(contained_engine_create(&madeEngine)) }
    return madeEngine
  }

  /// - Parameters:
  ///   - description: the primitive's description, which this initializer releases.
  ///   - operands: oneDNN's argument numbers, with their layouts.
  init(_ description: dnnl_primitive_desc_t, _ operands: [(argument: Int32, layout: Layout)]) throws {
    defer { dnnl_primitive_desc_destroy(description) }
    var made: dnnl_primitive_t?
    Backend.onThisThread { _ = contained_primitive_create(&made, description) }
    guard let made else {
      throw Failure.outOfMemory(bytes: 0, for: "a computation")
    }
    primitive = made
    var all = operands
    if let scratch = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)?.pointee {
      all.append((DNNL_ARG_SCRATCHPAD, scratch))
      scratchCount = Self.count(scratch)
    } else {
      scratchCount = 0
    }
    arguments = .allocate(capacity: all.count)
    arguments.initialize(repeating: dnnl_exec_arg_t())
    for (index, operand) in all.enumerated() {
      var (layout, memory) = (operand.layout, dnnl_memory_t(bitPattern: 0))
      guard contained_memory_create(&memory, &layout, Self.engine) == dnnl_success else {
        throw Failure.outOfMemory(bytes: 0, for: "a computation's operand")
      }
      arguments[index] = dnnl_exec_arg_t(arg: operand.argument, memory: memory)
    }
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    arguments.deallocate()
    dnnl_primitive_destroy(primitive)
  }

  /// The number of floats that a layout takes.
  static func count(_ layout: Layout) -> Int {
    withUnsafePointer(to: layout) { (dnnl_memory_desc_get_size($0) + 3) / 4 }
  }

  static func areEqual(_ a: Layout, _ b: Layout) -> Bool {
    withUnsafePointer(to: a) { first in withUnsafePointer(to: b) { dnnl_memory_desc_equal(first, $0) != 0 } }
  }

  /// Sets the address of operand `index`, in the order of declaration. The scratch memory is the last one.
  func bind(_ index: Int, _ pointer: UnsafePointer<Float>?) {
    guard arguments.indices.contains(index) else { return }
    Backend.expect(contained_memory_set(arguments[index].memory, UnsafeMutableRawPointer(mutating: pointer)))
  }

  func run(scratch: UnsafeMutablePointer<Float>?, on stream: dnnl_stream_t?) {
    if scratchCount > 0 { bind(arguments.count - 1, scratch) }
    Backend.expect(
      contained_primitive_execute(primitive, stream, Int32(clamping: arguments.count), arguments.baseAddress))
  }

  /// A primitive that copies the same numbers from one layout to another.
  static func reordering(from: Layout, to: Layout) throws -> BackendPrimitive {
    var (source, target) = (from, to)
    var (description, attributes) = (dnnl_primitive_desc_t(bitPattern: 0), try userScratch())
    defer { dnnl_primitive_attr_destroy(attributes) }
    var status = dnnl_success
    Backend.onThisThread {
      status = contained_reorder_desc_create(&description, &source, &target, engine, attributes)
    }
    guard let description else {
      throw status == dnnl_out_of_memory
        ? Failure.outOfMemory(bytes: 0, for: "a copy of weights")
        : Failure.internal("no copy between two layouts of weights")
    }
    return try BackendPrimitive(description, [(DNNL_ARG_FROM, from), (DNNL_ARG_TO, to)])
  }

  /// Attributes that make the caller provide the scratch memory, so that runs share no memory.
  static func userScratch() throws -> dnnl_primitive_attr_t? {
    var attributes: dnnl_primitive_attr_t?
    guard contained_attr_create(&attributes) == dnnl_success,
      contained_attr_set_user_scratch(attributes) == dnnl_success
    else {
      if attributes != nil { dnnl_primitive_attr_destroy(attributes) }
      throw Failure.outOfMemory(bytes: 0, for: "a computation's attributes")
    }
    return attributes
  }
}
