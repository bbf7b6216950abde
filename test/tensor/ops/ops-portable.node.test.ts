/** The lowering without ONNX Runtime's own operators, which is also what models are exported with. */
import ort from 'onnxruntime-node';
import { type Ort, ortEngine } from '../../../src/tensor/ort.ts';
import { testOps } from './suite.ts';

const engine = ortEngine(ort as unknown as Ort, {
  name: 'onnxruntime-node (standard operators)',
  details: {},
  target: { contrib: false, f16: false },
  sessionOptions: { executionProviders: ['cpu'], intraOpNumThreads: 1, logSeverityLevel: 3 },
});

testOps(engine, { forward: ['f32'], backward: ['f32'], samples: 3, runs: 1 });
