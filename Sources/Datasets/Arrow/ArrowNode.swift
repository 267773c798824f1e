import CEquipoise

#if canImport(Glibc)
  import Glibc
#endif

/// A structure of Arrow's C interface with children and a release function: ArrowSchema or ArrowArray.
protocol ArrowStructure {
  init()
  /// Calls its release function, unless it was released or moved.
  static func release(_ place: UnsafeMutablePointer<Self>)
  /// Stores `node` in the structure, to be freed by its release function.
  mutating func own(_ node: ArrowNode<Self>)
}

extension ArrowSchema: ArrowStructure {
  static func release(_ place: UnsafeMutablePointer<ArrowSchema>) { place.pointee.release?(place) }

  mutating func own(_ node: ArrowNode<ArrowSchema>) {
    private_data = Unmanaged.passRetained(node).toOpaque()
    release = { schema in
      guard let schema, let node = schema.pointee.private_data else { return }
      schema.pointee.release = nil
      Unmanaged<ArrowNode<ArrowSchema>>.fromOpaque(node).release()
    }
  }
}

extension ArrowArray: ArrowStructure {
  static func release(_ place: UnsafeMutablePointer<ArrowArray>) { place.pointee.release?(place) }

  mutating func own(_ node: ArrowNode<ArrowArray>) {
    private_data = Unmanaged.passRetained(node).toOpaque()
    release = { array in
      guard let array, let node = array.pointee.private_data else { return }
      array.pointee.release = nil
      Unmanaged<ArrowNode<ArrowArray>>.fromOpaque(node).release()
    }
  }
}

/// A structure under construction, and the objects that must live as long as it does. The holder of the
/// finished structure frees all of them by calling `release`, except for children that were moved, as the
/// interface requires.
final class ArrowNode<Structure: ArrowStructure> {
  private var structure = Structure()
  private var memory: [UnsafeMutableRawPointer] = []
  private var owners: [AnyObject] = []
  private let children: UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>
  private let childCount: Int

  fileprivate init(children nodes: [ArrowNode<Structure>]) {
    childCount = nodes.count
    children = .allocate(capacity: max(1, nodes.count))
    for (index, node) in nodes.enumerated() {
      let place = UnsafeMutablePointer<Structure>.allocate(capacity: 1)
      place.initialize(to: Structure())
      node.move(to: place)
      (children + index).initialize(to: place)
    }
  }

  deinit {
    for index in 0..<childCount {
      guard let child = children[index] else { continue }
      Structure.release(child)
      child.deallocate()
    }
    children.deallocate()
    for block in memory { free(block) }
  }

  /// Moves the finished structure to `place`; it keeps this object alive until it is released.
  func move(to place: UnsafeMutablePointer<Structure>) {
    structure.own(self)
    place.pointee = structure
  }

  private func text(_ text: String) -> UnsafePointer<CChar>? {
    guard let copy = strdup(text) else { return nil }
    memory.append(copy)
    return UnsafePointer(copy)
  }
}

extension ArrowNode where Structure == ArrowSchema {
  convenience init(schema format: String, name: String, children: [ArrowNode<ArrowSchema>]) {
    self.init(children: children)
    structure.format = text(format)
    structure.name = text(name)
    structure.flags = Int64(ARROW_FLAG_NULLABLE)
    structure.n_children = Int64(childCount)
    structure.children = self.children
  }
}

extension ArrowNode where Structure == ArrowArray {
  /// - Parameters:
  ///   - buffers: the validity bitmap first; nil if there is none.
  ///   - owners: the objects that keep the buffers' memory alive.
  convenience init(
    rows: Int, missing: Int = 0, buffers: [UnsafeRawPointer?], owners: [AnyObject],
    children: [ArrowNode<ArrowArray>]
  ) {
    self.init(children: children)
    self.owners = owners
    let list = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: max(1, buffers.count))
    for (index, buffer) in buffers.enumerated() { (list + index).initialize(to: buffer) }
    memory.append(UnsafeMutableRawPointer(list))
    structure.length = Int64(rows)
    structure.null_count = Int64(missing)
    structure.n_buffers = Int64(buffers.count)
    structure.buffers = list
    structure.n_children = Int64(childCount)
    structure.children = self.children
  }
}
