/** `gear-vla/robot`: robots, their kinematics, and the canonical record that all of them share. Runs in Node and in browsers. */
export * from './actions.ts';
export * from './canonical.ts';
export * from './embodiment.ts';
export * from './embodiments/shipped.ts';
export * from './guides.ts';
export * from './inverse-kinematics.ts';
export * from './kinematics.ts';
export * from './mujoco.ts';
export * from './norm-stats.ts';
export * from './normalization.ts';
export * from './robot-model.ts';
export * from './rotation.ts';
export * from './rotation-conventions.ts';
export * from './se3.ts';
export * from './vectors.ts';
export * from './views.ts';
