/** `nano` with every stage cut short: whether all of it works, in minutes. Its policy can do nothing. */
import { pipeline } from './nano.ts';

export default pipeline({
  name: 'quick',
  episodes: 4,
  instructionLength: 48,
  moments: 24,
  samples: 200,
  steps: { latent: 20, geometry: 10, understanding: 10, perception: 10, pointing: 10, embodied: 10, policy: 20 },
  batch: 16,
});
