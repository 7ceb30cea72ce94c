import type {TensorValues} from '../tensor/types.js';

/** One example as a picture: of [n, h, w], or of [n, h, w, c] with 1, 3 or 4 channels, from its least value to its greatest. */
export function pictureOf({data, shape}: TensorValues, i: number): ImageData | null {
  const [n = 0, h = 0, w = 0, c = 1] = shape;
  if ((shape.length !== 3 && shape.length !== 4) || i >= n || h < 2 || w < 2 || ![1, 3, 4].includes(c)) return null;
  const size = h * w * c;
  const own = data.subarray(i * size, (i + 1) * size);
  let [lo, hi] = [0, 1];
  for (const v of own) {
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  // bytes stay bytes
  if (lo === 0 && hi > 1 && hi <= 255) hi = 255;
  const image = new ImageData(w, h);
  for (let p = 0; p < h * w; p++) {
    for (let k = 0; k < 4; k++) image.data[4 * p + k] = k === 3 ? (c === 4 ? (255 * (own[4 * p + 3]! - lo)) / (hi - lo) : 255) : (255 * (own[p * c + (c < 3 ? 0 : k)]! - lo)) / (hi - lo);
  }
  return image;
}
