int onnx_empty;
