import { webEngine } from '../../../src/tensor/ort.web.ts';
import { testOps } from './suite.ts';

testOps(await webEngine(), {
  forward: ['f64', 'f32', 'f16', 'bf16', 'i32', 'i64', 'u8', 'bool'],
  backward: ['f32'],
  samples: 3,
  runs: 1,
});
