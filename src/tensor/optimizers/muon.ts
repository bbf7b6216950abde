/**
 * Muon: momentum, orthogonalised by a Newton–Schulz iteration (Jordan et al. 2024, "Muon: an optimizer for hidden layers in
 * neural networks"). For matrices; tensors of higher rank count as [first axis, all others]. Unlike the reference and
 * torch.optim.Muon, which iterate in bf16, the iteration runs in f32.
 */
import { add, div, maximum, mul, sub } from '../ops/arithmetic.ts';
import { reshape } from '../ops/layout.ts';
import { sqrt } from '../ops/math.ts';
import { matmul } from '../ops/matmul.ts';
import { sumOfSquares } from '../ops/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { decayed } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';
import { constantSchedule, type Schedule } from './schedule.ts';

/** torch.optim.Muon's defaults, but for the learning rate. */
export interface MuonOptions {
  readonly learningRate: number | Schedule;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  /** Newton–Schulz iterations */
  readonly iterations?: number;
  /**
   * How the rate depends on the matrix [m, n]: `original` is √max(1, m/n); `match-adamw` is 0.2·√max(m, n), which gives
   * updates of AdamW's size and lets the two share a rate (Liu et al. 2025, "Muon is scalable for LLM training").
   */
  readonly scaling?: 'original' | 'match-adamw';
}

/** Coefficients of the quintic iteration: Jordan's, steep at zero rather than exact at one. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** Throws, when a program is made with it, for a parameter of rank below 2. */
export function muon({
  learningRate,
  momentum = 0.95,
  nesterov = true,
  weightDecay = 0.1,
  iterations = 5,
  scaling = 'original',
}: MuonOptions): Optimizer {
  const schedule = typeof learningRate === 'number' ? constantSchedule(learningRate) : learningRate;
  return {
    learningRate: schedule,
    update: ({ parameter, gradient, clip, step, moment }) => {
      const { name, shape, tensor } = parameter;
      if (shape.length < 2) throw new Error(`muon is for matrices, but "${name}" has shape [${shape.join(', ')}]: give it to adamw`);
      const buffer = moment('momentum_buffer');
      const g = clip ? mul(gradient, clip) : gradient;
      const average = lerp(buffer.tensor, g, 1 - momentum);
      const [rows, columns] = [shape[0] as number, shape.slice(1).reduce((a, b) => a * b, 1)];
      const matrix = reshape(nesterov ? lerp(g, average, momentum) : average, [rows, columns]);
      const factor = scaling === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
      const rate = schedule(step);
      const change = mul(reshape(orthogonalize(matrix, iterations), shape), mul(rate, factor));
      return { value: sub(decayed(tensor, rate, weightDecay), change), moments: [[buffer, average]] };
    },
  };
}

const lerp = (from: Tensor, to: Tensor, weight: number): Tensor => add(mul(from, 1 - weight), mul(to, weight));

/** The nearest matrix with orthonormal rows or columns, roughly: singular values end up near 1. x [m, n] → [m, n] */
export function orthogonalize(x: Tensor, iterations = 5): Tensor {
  const [rows, columns] = x.shape as [number, number];
  let y = div(x, maximum(sqrt(sumOfSquares(x)), 1e-7));
  for (let i = 0; i < iterations; i++) {
    // Gram matrices of the shorter side. y ← A·y + (B·G + C·G²)·y
    const wide = rows <= columns;
    const gram = wide ? matmul(y, y, { transposeB: true }) : matmul(y, y, { transposeA: true });
    const polynomial = add(mul(gram, B), matmul(gram, gram, { scale: C }));
    y = add(mul(y, A), wide ? matmul(polynomial, y) : matmul(y, polynomial));
  }
  return y;
}
