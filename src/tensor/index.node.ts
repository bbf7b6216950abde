/** `gear-vla/tensor/node`: the engine and the files that only Node has. */
export * from './export-onnx.node.ts';
export * from './files.node.ts';
export * from './ort.node.ts';
export * from './safetensors.node.ts';
export * from './state.node.ts';
