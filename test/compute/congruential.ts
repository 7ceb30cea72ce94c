/** Numbers from 0 to 1 that other languages make as well: s ← 1664525 s + 1013904223 mod 2³². */
export function congruential(n: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({length: n}, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
