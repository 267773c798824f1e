#ifndef ONNX_ALLOCATOR_H
#define ONNX_ALLOCATOR_H

#include <protobuf-c/protobuf-c.h>

/* For unpacking messages: the library's own allocation functions, by which it knows that memory
 * ended where protobuf-c gives the same NULL as for a broken file. */
extern ProtobufCAllocator onnx_allocator;

#endif
