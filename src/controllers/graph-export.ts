import {runSliced} from '../compute/slices.js';
import {paintSteps} from '../paint/graph.js';
import {SvgContext} from '../paint/svg-context.js';
import type {Theme} from '../paint/theme.js';
import {Problem} from '../words/strings.js';
import {type BlobOptions, paintBlob} from './blob.js';
import type {GraphView} from './graph-view.js';

// Fetched when a drawing is saved.

/** CSS px around an exported drawing. */
const MARGIN = 16;

/** The whole drawing, at scale 1. */
function whole(view: GraphView): {width: number; height: number; picture: (dpr: number) => ReturnType<GraphView['picture']>} {
  const {scene} = view;
  if (!scene) throw new Problem('blobEmpty');
  const [width, height] = [scene.width + 2 * MARGIN + 8, scene.height + 2 * MARGIN + 8];
  const viewport = {x: -MARGIN, y: -MARGIN, k: 1, width, height};
  return {width, height, picture: (dpr) => ({...view.picture(scene, viewport, dpr), hovered: null, full: true})};
}

/** As a picture. */
export async function graphBlob(view: GraphView, theme: Theme, options: BlobOptions): Promise<Blob> {
  const {width, height, picture} = whole(view);
  return paintBlob(width, height, options, theme.background, (ctx, scale) => runSliced(paintSteps(ctx, picture(scale))));
}

/** As SVG. */
export async function graphSvg(view: GraphView, theme: Theme, title: string): Promise<string> {
  const {width, height, picture} = whole(view);
  const svg = new SvgContext();
  await runSliced(paintSteps(svg.context, picture(1)));
  return svg.document(width, height, title, theme.background);
}
