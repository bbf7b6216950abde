import { webEngine } from '../../../src/tensor/ort.web.ts';
import { testOps } from './suite.ts';

testOps(webEngine(), {
  forward: ['f32', 'f16', 'i32', 'i64', 'u8', 'bool'],
  backward: ['f32'],
  without: ['f64', 'bf16'],
  samples: 3,
  runs: 1,
});
