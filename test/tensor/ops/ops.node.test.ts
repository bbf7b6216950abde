import { nodeEngine } from '../../../src/tensor/ort.node.ts';
import { testOps } from './suite.ts';

testOps(nodeEngine({ threads: 1 }), {
  forward: ['f32', 'f64', 'i32', 'i64', 'u8', 'bool'],
  backward: ['f32', 'f64'],
  missing: true,
  samples: 4,
  runs: 1,
});
