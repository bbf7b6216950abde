/**
 * How a new state projector begins: as if the robot's states were normalised by their own statistics. What it is given is normalised by the
 * checkpoint's, which all robots share (section 3.7 of the design), and by these another robot may be far from the middle. One affine map
 * follows another, so the difference between the two goes into the first layer, exactly; nothing else of the policy knows of it.
 */
import { ACTION_DIMS, STATE_DIMS } from '../robot/canonical.ts';
import { type DimensionStatistics, quantileMap } from '../robot/normalization.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';

/**
 * A first layer f32[H, 2·STATE_DIMS] (weights of the state, then of which of it is there) that makes of states normalised by `shared` what
 * `weight` makes of the same states normalised by `own`. Throws for a weight of another shape.
 */
export function seeingOwnStatistics(weight: HostTensor, shared: DimensionStatistics, own: DimensionStatistics): HostTensor {
  const [hidden, inputs] = weight.shape;
  if (hidden === undefined || inputs !== 2 * STATE_DIMS)
    throw new Error(`the first layer of a state projector is [hidden, ${2 * STATE_DIMS}], not [${weight.shape}]`);
  const [from, to] = [quantileMap(shared), quantileMap(own)];
  const data = Float32Array.from(weight.data as Float32Array);
  for (let row = 0; row < hidden; row++) {
    for (let d = 0; d < ACTION_DIMS; d++) {
      const [state, there] = [row * inputs + d, row * inputs + STATE_DIMS + d];
      const [offset, scale] = [from.offset[d] as number, to.scale[d] as number];
      const was = data[state] as number;
      data[state] = (was * (from.scale[d] as number)) / scale;
      data[there] = (data[there] as number) + (was * (offset - (to.offset[d] as number))) / scale;
    }
  }
  return hostTensor('f32', weight.shape, data);
}
