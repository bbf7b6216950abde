import { nodeEngine } from '../../../src/tensor/ort.node.ts';
import { testOps } from './suite.ts';

testOps(nodeEngine({ threads: 1 }), { forward: ['f16', 'bf16'], backward: ['f16', 'bf16'], samples: 3, runs: 1 });
