import type {Direction, PlacedBox, Scene} from './layout.js';

/** An arrow key. */
export type Way = 'up' | 'down' | 'left' | 'right';

const AGAINST: Readonly<Record<Direction, Way>> = {down: 'up', up: 'down', left: 'right', right: 'left'};
const STEPS: Readonly<Record<Way, readonly [dx: number, dy: number]>> = {up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0]};

const mid = (b: PlacedBox): {x: number; y: number} => ({x: b.x + b.width / 2, y: b.y + b.height / 2});

/**
 * The box that an arrow key leads to: along the flow (or against it) the nearest that a line leads to, else the nearest
 * that way.
 * @param from id of the box that one stands at; `null` leads to the first
 */
export function neighbour(scene: Scene, from: string | null, way: Way, direction: Direction): string | null {
  const here = from === null ? undefined : scene.byId.get(from);
  if (!here) return scene.boxes.find((b) => !b.open)?.item.id ?? null;
  const [x0, y0] = [mid(here).x, mid(here).y];
  if (way === direction || way === AGAINST[direction]) {
    // into a frame, then along the lines: the nearest, so that no skip connection passes a block by
    if (here.open && way === direction) return here.item.children[0]?.id ?? null;
    const far = (b: PlacedBox): number => Math.hypot(mid(b).x - x0, mid(b).y - y0);
    const boxes = linked(scene, here.item.id, way === direction);
    if (boxes.length) return boxes.reduce((a, b) => (far(b) < far(a) ? b : a)).item.id;
  }
  const [dx, dy] = STEPS[way];
  let best: string | null = null;
  let least = Infinity;
  for (const b of scene.boxes) {
    if (b === here || b.open) continue;
    const [ax, ay] = [mid(b).x - x0, mid(b).y - y0];
    const along = ax * dx + ay * dy;
    const cost = along + 2.5 * Math.abs(ax * dy + ay * dx);
    if (along > 1 && cost < least) [least, best] = [cost, b.item.id];
  }
  return best;
}

/** The boxes that lines lead to from one, or come from. */
function linked(scene: Scene, id: string, onward: boolean): PlacedBox[] {
  const ids = new Set<string>();
  for (const {edge: {ends, kind}} of scene.lines) {
    if (kind === 'loop') continue;
    for (let i = 0; i < ends.length; i += 2) {
      if (onward && ends[i] === id) ids.add(ends[i + 1]!);
      if (!onward && ends[i + 1] === id) ids.add(ends[i]!);
    }
  }
  return [...ids].map((other) => scene.byId.get(other)).filter((b): b is PlacedBox => b !== undefined);
}
