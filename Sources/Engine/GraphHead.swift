import Platform

extension Graph {
  /// The same network up to the input of its last linear layer, with another end; where the network does not
  /// end in a linear layer, the new end follows its output.
  ///
  /// - Parameter head: adds the new end to the builder and returns the output.
  public func replacingHead(
    _ head: (inout GraphBuilder, ValueID) throws -> ValueID
  ) throws -> Graph {
    var body = output
    if case .node(let place) = self[storage(of: output)].source, nodes[place].operation is Linear,
      let input = nodes[place].inputs.first
    {
      body = input
    }
    var wanted = Set(inputs.map(\.index))
    wanted.insert(body.index)
    // Values are in an order in which each comes after what it needs.
    for index in values.indices.reversed() where wanted.contains(index) {
      switch values[index].source {
      case .reshaped(let original): wanted.insert(original.index)
      case .node(let place): for input in nodes[place].inputs { wanted.insert(input.index) }
      case .input, .parameter: break
      }
    }
    var builder = GraphBuilder()
    var places: [Int: ValueID] = [:]
    func place(_ id: ValueID) throws -> ValueID {
      guard let place = places[id.index] else { throw Failure.internal("a value before its operands") }
      return place
    }
    for index in values.indices where wanted.contains(index) {
      let value = values[index]
      switch value.source {
      case .input: places[index] = builder.input(value.name, value.shape, lines: value.lines)
      case .parameter(let parameter): places[index] = builder.parameter(parameters[parameter])
      case .reshaped(let original):
        places[index] = try builder.reshape(place(original), to: value.shape, name: value.name)
      case .node(let node):
        places[index] = try builder.apply(
          nodes[node].operation, to: nodes[node].inputs.map(place), name: nodes[node].name)
      }
    }
    let end = try head(&builder, place(body))
    return try builder.finish(output: end)
  }
}
