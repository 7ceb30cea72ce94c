import type {Context} from './theme.js';

const MARKUP: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
/** XML knows no control characters but tab and line breaks, no half characters, and neither of U+FFFE and U+FFFF. */
const escape = (text: string): string => text.replace(/[\p{Cc}\p{Cs}&<>"\uFFFE\uFFFF]/gu, (c) => MARKUP[c] ?? (/\s/.test(c) ? ' ' : ''));
const r = (n: number): string => String(Math.round(n * 100) / 100);

interface State {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  lineCap: string;
  lineJoin: string;
  dash: readonly number[];
  scale: number;
  dx: number;
  dy: number;
  /** Radians by which text is turned. */
  angle: number;
  /** Groups that are open for clipping. */
  clips: number;
}

/**
 * Takes what painters draw and writes it as SVG: real vectors, text as text. It knows what our painters use: scaling and
 * moving, rotation of text alone, clipping to a rectangle, and pictures that have been encoded before.
 */
export class SvgContext implements State {
  fillStyle = '#000';
  strokeStyle = '#000';
  lineWidth = 1;
  globalAlpha = 1;
  font = '12px sans-serif';
  textAlign = 'left';
  textBaseline = 'alphabetic';
  lineCap = 'butt';
  lineJoin = 'miter';
  dash: readonly number[] = [];
  scale = 1;
  dx = 0;
  dy = 0;
  angle = 0;
  clips = 0;
  #path: string[] = [];
  #out: string[] = [];
  #stack: State[] = [];
  #ruler = new OffscreenCanvas(1, 1).getContext('2d')!;

  #rect: readonly number[] = [0, 0, 0, 0];

  /** @param pictures data URLs of what `drawImage` may be given */
  constructor(readonly pictures: ReadonlyMap<unknown, string> = new Map()) {}

  /** The painters' side of it. */
  get context(): Context {
    return this as unknown as Context;
  }

  /** The document. Lengths in CSS px. */
  document(width: number, height: number, title: string, background: string): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${r(width)}" height="${r(height)}" viewBox="0 0 ${r(width)} ${r(height)}" role="img"><title>${escape(title)}</title>` +
      `<rect width="100%" height="100%" fill="${escape(background)}"/>${this.#out.join('')}</svg>`
    );
  }

  save(): void {
    const {fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign, textBaseline, lineCap, lineJoin, dash, scale, dx, dy, angle, clips} = this;
    this.#stack.push({fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign, textBaseline, lineCap, lineJoin, dash, scale, dx, dy, angle, clips});
  }

  restore(): void {
    const state = this.#stack.pop();
    if (!state) return;
    this.#out.push('</svg>'.repeat(this.clips - state.clips));
    Object.assign(this, state);
  }

  rotate(angle: number): void {
    this.angle += angle;
  }

  /** Clips to the rectangle drawn last until the state is restored. A document in the document needs no id, which two on one page would share. */
  clip(): void {
    const [x, y, width, height] = this.#rect.map(r) as [string, string, string, string];
    this.#out.push(`<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${x} ${y} ${width} ${height}">`);
    this.clips++;
  }

  /** @throws Error where the picture has not been encoded before */
  drawImage(picture: unknown, x: number, y: number, width: number, height: number): void {
    const href = this.pictures.get(picture);
    if (!href) throw new Error('a picture that has not been encoded');
    const [px, py] = this.#at(x, y).split(' ');
    this.#out.push(`<image x="${px}" y="${py}" width="${r(width * this.scale)}" height="${r(height * this.scale)}" preserveAspectRatio="none" href="${escape(href)}"${this.globalAlpha < 1 ? ` opacity="${r(this.globalAlpha)}"` : ''}/>`);
  }

  setTransform(a: number, _b: number, _c: number, _d: number, e: number, f: number): void {
    [this.scale, this.dx, this.dy] = [a, e, f];
  }

  translate(x: number, y: number): void {
    this.dx += x * this.scale;
    this.dy += y * this.scale;
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = dash;
  }

  beginPath(): void {
    this.#path = [];
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${this.#at(x, y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#path.push(`L${this.#at(x, y)}`);
  }

  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void {
    this.#path.push(`Q${this.#at(cx, cy)} ${this.#at(x, y)}`);
  }

  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void {
    this.#path.push(`C${this.#at(ax, ay)} ${this.#at(bx, by)} ${this.#at(x, y)}`);
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const end = to <= from ? to + 2 * Math.PI : to;
    const whole = end - from >= 2 * Math.PI - 1e-9;
    const stop = whole ? from + Math.PI : end;
    const point = (angle: number): string => this.#at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const R = r(radius * this.scale);
    this.#path.push(`${this.#path.length ? 'L' : 'M'}${point(from)}A${R} ${R} 0 ${stop - from > Math.PI ? 1 : 0} 1 ${point(stop)}`);
    if (whole) this.#path.push(`A${R} ${R} 0 0 1 ${point(from)}`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#rect = [x * this.scale + this.dx, y * this.scale + this.dy, width * this.scale, height * this.scale];
    this.#path.push(`M${this.#at(x, y)}h${r(width * this.scale)}v${r(height * this.scale)}h${r(-width * this.scale)}z`);
  }

  roundRect(x: number, y: number, width: number, height: number, radii: number | readonly number[]): void {
    const [a, b, c, d] = (typeof radii === 'number' ? [radii, radii, radii, radii] : radii).map((q) => Math.min(q, width / 2, height / 2)) as [number, number, number, number];
    const corner = (radius: number, px: number, py: number): string => (radius ? `A${r(radius * this.scale)} ${r(radius * this.scale)} 0 0 1 ${this.#at(px, py)}` : '');
    const [right, bottom] = [x + width, y + height];
    this.#path.push(
      `M${this.#at(x + a, y)}L${this.#at(right - b, y)}${corner(b, right, y + b)}L${this.#at(right, bottom - c)}${corner(c, right - c, bottom)}` +
        `L${this.#at(x + d, bottom)}${corner(d, x, bottom - d)}L${this.#at(x, y + a)}${corner(a, x + a, y)}z`,
    );
  }

  closePath(): void {
    this.#path.push('z');
  }

  fill(): void {
    if (this.#path.length) this.#out.push(`<path d="${this.#path.join('')}" fill="${escape(this.fillStyle)}"${this.#alpha('fill-')}/>`);
  }

  stroke(): void {
    if (!this.#path.length) return;
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.map((n) => r(n * this.scale)).join(' ')}"` : '';
    this.#out.push(`<path d="${this.#path.join('')}" fill="none" stroke="${escape(this.strokeStyle)}" stroke-width="${r(this.lineWidth * this.scale)}" stroke-linejoin="${this.lineJoin}"${dash}${this.#alpha('stroke-')}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    const [px, py] = this.#at(x, y).split(' ');
    this.#out.push(`<rect x="${px}" y="${py}" width="${r(width * this.scale)}" height="${r(height * this.scale)}" fill="${escape(this.fillStyle)}"${this.#alpha('fill-')}/>`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.beginPath();
    this.rect(x, y, width, height);
    this.stroke();
  }

  fillText(text: string, x: number, y: number): void {
    this.#text(text, x, y, `fill="${escape(this.fillStyle)}"${this.#alpha('fill-')}`);
  }

  strokeText(text: string, x: number, y: number): void {
    this.#text(text, x, y, `fill="none" stroke="${escape(this.strokeStyle)}" stroke-width="${r(this.lineWidth * this.scale)}" stroke-linejoin="${this.lineJoin}"${this.#alpha('stroke-')} aria-hidden="true"`);
  }

  #text(text: string, x: number, y: number, paint: string): void {
    const [, style = '', weight = '', size = '12', family = 'sans-serif'] = /^(italic )?(\d+ )?([\d.]+)px (.*)$/.exec(this.font) ?? [];
    const [px, py] = this.#at(x, y).split(' ');
    const anchor = {right: 'end', center: 'middle', end: 'end'}[this.textAlign] ?? 'start';
    const baseline = {middle: 'central', top: 'hanging', bottom: 'text-after-edge'}[this.textBaseline];
    this.#out.push(
      `<text x="${px}" y="${py}" font-family="${escape(family)}" font-size="${r(Number(size) * this.scale)}"${weight ? ` font-weight="${weight.trim()}"` : ''}${style ? ' font-style="italic"' : ''}` +
        `${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}${baseline ? ` dominant-baseline="${baseline}"` : ''} ${paint}${this.angle ? ` transform="rotate(${r((this.angle * 180) / Math.PI)} ${px} ${py})"` : ''}>${escape(text)}</text>`,
    );
  }

  measureText(text: string): TextMetrics {
    this.#ruler.font = this.font;
    return this.#ruler.measureText(text);
  }

  #alpha(which: 'fill-' | 'stroke-'): string {
    return this.globalAlpha < 1 ? ` ${which}opacity="${r(this.globalAlpha)}"` : '';
  }

  #at(x: number, y: number): string {
    return `${r(x * this.scale + this.dx)} ${r(y * this.scale + this.dy)}`;
  }
}
