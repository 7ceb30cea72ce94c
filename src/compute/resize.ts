/**
 * Resizes an array of any rank by linear interpolation along each axis in turn: bilinear for pictures. The centres of the
 * cells are what is aligned, and beyond the outermost centres the edge goes on (as OpenCV, Pillow and PyTorch without
 * align_corners do when they enlarge).
 * @param data row-major, of the shape `from`
 * @param to as many axes as `from`
 */
export function resizeLinear(data: ArrayLike<number>, from: readonly number[], to: readonly number[]): Float32Array {
  let values = Float32Array.from(data);
  const shape = [...from];
  for (const [axis, size] of to.entries()) {
    const n = shape[axis]!;
    if (n === size) continue;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const next = new Float32Array(outer * size * inner);
    for (let i = 0; i < size; i++) {
      const at = Math.min(n - 1, Math.max(0, ((i + 0.5) * n) / size - 0.5));
      const low = Math.floor(at);
      const high = Math.min(n - 1, low + 1);
      const t = at - low;
      for (let o = 0; o < outer; o++) {
        for (let k = 0; k < inner; k++) next[(o * size + i) * inner + k] = (1 - t) * values[(o * n + low) * inner + k]! + t * values[(o * n + high) * inner + k]!;
      }
    }
    values = next;
    shape[axis] = size;
  }
  return values;
}
