import {runSliced} from '../compute/slices.js';
import type {Scene} from '../graph/layout.js';
import {type GraphPicture, paintMoved, paintSteps} from '../paint/graph.js';
import type {Context} from '../paint/theme.js';
import {Latest} from './latest.js';
import type {Work} from './work.js';

/** From so many boxes and lines on a picture takes longer than a frame. */
const LARGE = 3000;
/** Ms without a move after which a large drawing is painted anew. */
const SETTLE = 80;

export const isLarge = (scene: Scene): boolean => scene.boxes.length + scene.lines.length > LARGE;

/** What a picture shows, but for what is pointed at. */
interface Wanted {
  readonly picture: GraphPicture;
  readonly looks: object;
}

function same(a: Wanted, b: Wanted): boolean {
  const keys = ['scene', 'viewport', 'lit', 'selected', 'theme', 'dpr'] as const;
  return a.looks === b.looks && keys.every((key) => a.picture[key] === b.picture[key]);
}

/**
 * A drawing of thousands of boxes: the last picture is moved and scaled at once, and the right one painted in pieces
 * when nothing has moved for a moment.
 */
export class LargePicture {
  #done: (Wanted & {readonly canvas: OffscreenCanvas}) | null = null;
  #wanted: Wanted | null = null;
  readonly #latest = new Latest();
  readonly #work: Work;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(work: Work, changed: () => void, failed: (error: unknown) => void) {
    this.#work = work;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Draws what there is, and begins what is missing. @param looks another object when boxes look otherwise */
  paint(ctx: Context, picture: GraphPicture, looks: object): void {
    const done = this.#done;
    const wanted = {picture, looks};
    if (done?.picture.scene === picture.scene) paintMoved(ctx, {canvas: done.canvas, viewport: done.picture.viewport}, picture);
    if ((done && same(done, wanted)) || (this.#wanted && same(this.#wanted, wanted))) return;
    this.#wanted = wanted;
    const release = this.#work.hold('large');
    const {width, height} = picture.viewport;
    this.#latest
      .run(async (signal) => {
        if (done) await new Promise((resolve) => setTimeout(resolve, SETTLE));
        signal.throwIfAborted();
        const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * picture.dpr)), Math.max(1, Math.round(height * picture.dpr)));
        await runSliced(paintSteps(canvas.getContext('2d')!, {...picture, hovered: null, pieces: true}), {signal});
        this.#done = {...wanted, canvas};
        this.#changed();
      })
      .catch(this.#failed)
      .finally(() => {
        if (this.#wanted === wanted) this.#wanted = null;
        release();
      });
  }

  stop(): void {
    this.#latest.abort();
    this.#wanted = this.#done = null;
  }
}
