#ifndef ONNX_ALLOCATOR_H
#define ONNX_ALLOCATOR_H

#include <protobuf-c/protobuf-c.h>

/* The library's allocation functions for unpacking messages. They record that memory ran out;
 * protobuf-c returns the same NULL for a damaged file. */
extern ProtobufCAllocator onnx_allocator;

#endif
