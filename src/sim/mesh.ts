/** Triangle meshes: what the renderer draws. Right-handed, metres, z up unless a builder says otherwise. */

/** Triangles with normals and texture coordinates. Vertices on sharp edges are there once for each side. */
export interface Mesh {
  /** f32[V, 3], metres */
  readonly positions: Float32Array;
  /** f32[V, 3], of length 1, outwards */
  readonly normals: Float32Array;
  /** f32[V, 2]: texture coordinates; a texture repeats after 1 */
  readonly uvs: Float32Array;
  /** u32[T, 3]: counter-clockwise seen from outside */
  readonly indices: Uint32Array;
}
