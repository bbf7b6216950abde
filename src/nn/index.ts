/** `gear-vla/nn`: the layers that all models share. */
export * from './attention.ts';
export * from './cache.ts';
export * from './decoder-block.ts';
export * from './dit-block.ts';
export * from './embedding.ts';
export * from './linear.ts';
export * from './lora.ts';
export * from './loss.ts';
export * from './masks.ts';
export * from './mlp.ts';
export * from './norm.ts';
export * from './patch-embed.ts';
export * from './rotary.ts';
export * from './timestep.ts';
export * from './vit-block.ts';
