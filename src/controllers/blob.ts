import type {Context} from '../paint/theme.js';
import {Problem} from '../words/strings.js';

/** Canvas sides and areas beyond which browsers draw nothing. */
const MAX_SIDE = 16384;
const MAX_AREA = 2 ** 27;

/** How a picture is saved. */
export interface BlobOptions {
  /** MIME type of the picture; default `image/png`. */
  readonly type?: string;
  /** Pixels per CSS px; default the screen's. */
  readonly scale?: number;
  /** Where a canvas cannot hold it at that scale, as large as one can, rather than to reject. */
  readonly fitting?: boolean;
}

/** The largest scale at which a picture of so many CSS px fits on a canvas, rounded down to a hundredth. */
export function largestScale(width: number, height: number): number {
  return Math.floor(Math.min(MAX_SIDE / width, MAX_SIDE / height, Math.sqrt(MAX_AREA / (width * height))) * 100) / 100;
}

/**
 * Draws a picture off screen and encodes it.
 * @param paint draws into a context in device px
 * @returns rejects with a RangeError that names the largest possible scale, rather than give a blank
 */
export async function paintBlob(width: number, height: number, {type = 'image/png', scale: wanted = devicePixelRatio || 1, fitting = false}: BlobOptions, background: string, paint: (ctx: Context, scale: number) => Promise<void> | void): Promise<Blob> {
  if (!(width > 0 && height > 0)) throw new Problem('blobEmpty');
  const largest = largestScale(width, height);
  const scale = fitting ? Math.min(wanted, largest) : wanted;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const refuse = (): never => {
    const problem = new Problem('blobScale', {width: w, height: h, scale: largest});
    throw new RangeError(problem.message, {cause: problem});
  };
  if (!(scale > 0) || scale > largest) refuse();
  const canvas = new OffscreenCanvas(Math.max(1, w), Math.max(1, h));
  const ctx = canvas.getContext('2d');
  if (!ctx) return refuse();
  // a canvas that could not be had stays transparent whatever is drawn; the background may be transparent itself
  ctx.fillRect(w - 1, h - 1, 1, 1);
  if (ctx.getImageData(w - 1, h - 1, 1, 1).data[3] !== 255) refuse();
  ctx.clearRect(0, 0, w, h);
  ctx.fillStyle = background;
  ctx.fillRect(0, 0, w, h);
  await paint(ctx, scale);
  return canvas.convertToBlob({type});
}
