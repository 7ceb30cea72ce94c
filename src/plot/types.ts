import type {ColorScale, Transform} from '../color/scale.js';
import type {Plane} from '../compute/plane.js';
import type {Values} from '../tensor/types.js';

// What a kind of plot makes of its data: panels of marks, drawn by paint/plot.ts and read by pointer and keys.

/** A colour: the number of a series (each theme has its own set), `point` with the number of a class of points, one of the theme's, or CSS. */
export type Ink = number | `point ${number}` | 'text' | 'muted' | 'accent' | 'grid' | 'background' | (string & {});

/** One direction of a panel. */
export interface Axis {
  /** What is shown, with its unit. */
  readonly title: string;
  /** `band`: items side by side, each 1 wide, from 0. */
  readonly type: Exclude<Transform, 'rank'> | 'band';
  /** What is in view at first, the lower first. Of bands, 0 to how many there are. */
  readonly domain: readonly [number, number];
  /** Of bands: what each is called. */
  readonly labels?: readonly string[];
  /** Ticks at whole numbers alone: epochs, counts. */
  readonly whole?: boolean;
  /** Bands from the top down. */
  readonly down?: boolean;
  /** It has no other scale: distances are what is seen. */
  readonly fixed?: boolean;
  /** No ticks: its numbers have no meaning by themselves. */
  readonly plain?: boolean;
  /** Neither ticks nor title, of a picture. */
  readonly bare?: boolean;
  /** Bands: labels are written along the panel although they are long. */
  readonly wide?: boolean;
}

/** What the cursor says of one point, bar, or cell. */
export interface Reading {
  /** What it is worth, first and in bold. */
  readonly value: string;
  /** Where it is. */
  readonly place: string;
  /** The examples behind it; `null` where there are too many to list, or none. */
  readonly indices: readonly number[] | null;
  /** Name of its series. */
  readonly series: string;
  /** The numbers themselves. */
  readonly datum: Readonly<Record<string, unknown>>;
}

/** What an example looks like: a picture, or words. */
export type Picture = HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | ImageData | string | null | undefined;

/** An example, and those nearest to it. */
export interface Near {
  readonly of: number;
  /** The nearest first. */
  readonly examples: readonly number[];
  readonly distances: readonly number[];
  /** By what they are near: the distance, and what the vectors were. */
  readonly by: string;
}

/** What all marks have. */
interface Shared {
  /** Name of the series, by which the legend hides it. */
  readonly series?: string;
  readonly color?: Ink;
  /** 0 to 1. */
  readonly alpha?: number;
  /** Of its `i`th item; marks without it are not pointed at. */
  readonly read?: (i: number) => Reading | null;
}

/** Points as columns; x ascends where `line` joins them. */
export interface Columns {
  readonly x: Values;
  readonly y: Values;
  /** How many of them count; all by default. */
  readonly length?: number;
}

/** What is left of a line's points where they are many. */
export interface Reduced extends Columns {
  /** 1 where no line leads to a point from the one before. */
  readonly breaks: Uint8Array;
  /** Where values are not finite that no point stands for. */
  readonly odd: readonly {readonly x: number; readonly value: number}[];
}

export interface LineMark extends Shared {
  readonly kind: 'line';
  readonly points: Columns;
  /** CSS px; 1.5 by default. */
  readonly width?: number;
  readonly dash?: readonly number[];
  /** Each y holds from its x to the next (`after`), or from the one before to its own (`before`). */
  readonly step?: 'after' | 'before';
  /** Fewer points that look the same, in order, of what lies between two x on so many pixels; for lines of many points. */
  readonly reduce?: (from: number, to: number, pixels: number) => Reduced;
}

export interface PointsMark extends Shared {
  readonly kind: 'points';
  readonly points: Columns;
  /** A colour for each point, as an index into `colors`. */
  readonly groups?: ArrayLike<number>;
  readonly colors?: readonly Ink[];
  /** CSS px. */
  readonly radius?: number;
  readonly shape?: 'circle' | 'cross' | 'up' | 'down' | 'square' | 'diamond' | 'bar';
  /** A line around each, so that it stands out on any colour. */
  readonly outline?: Ink;
  /** The example that each stands for; `same`: they are the examples in turn. */
  readonly examples?: ArrayLike<number> | 'same';
}

/** Points as small pictures on a border of their colour, as many as do not lie on each other; those before the others come first. */
export interface SpritesMark extends Shared {
  readonly kind: 'sprites';
  readonly points: Columns;
  readonly pictureOf: (i: number) => Picture;
  /** The example that each stands for; the points of the panel's other marks that stand for it are what is pointed at. */
  readonly examples: ArrayLike<number>;
  /** Of each point its colour, as an index into `colors`, and the name of its series. */
  readonly groups: ArrayLike<number>;
  readonly colors: readonly Ink[];
  readonly names: readonly string[];
  /** CSS px of the longer side of each, at most: in a small panel they are smaller. */
  readonly size: number;
  /** How many of the first stand out. */
  readonly marked?: number;
}

/** Rectangles in the axes' units: `x0[i]` to `x1[i]`, `y0[i]` to `y1[i]`. */
export interface BarsMark extends Shared {
  readonly kind: 'bars';
  readonly x0: ArrayLike<number>;
  readonly x1: ArrayLike<number>;
  readonly y0: ArrayLike<number>;
  readonly y1: ArrayLike<number>;
  /** A colour for each bar. */
  readonly inks?: readonly Ink[];
  /** Written at each bar's end, in the bar where there is no room. */
  readonly labels?: readonly string[];
  /** CSS px between neighbours. */
  readonly gap?: number;
}

/** The area between two curves over x. */
export interface BandMark extends Shared {
  readonly kind: 'band';
  readonly x: Values;
  readonly low: Values;
  readonly high: Values;
  /** Both hold from their x to the next: a histogram's outline. Its items are then what lies between two x. */
  readonly step?: 'after';
}

/** A line through the panel: at one x, at one y, or between two points. */
export interface RuleMark extends Shared {
  readonly kind: 'rule';
  readonly x?: number;
  readonly y?: number;
  readonly from?: readonly [x: number, y: number];
  readonly to?: readonly [x: number, y: number];
  readonly dash?: readonly number[];
  readonly label?: string;
  /** Lines of text below the box's top at which the label of a line at one x stands; 0 by default. */
  readonly row?: number;
}

/** A matrix as cells, on band axes; drawn as the heatmap draws. */
export interface CellsMark extends Shared {
  readonly kind: 'cells';
  readonly rows: number;
  readonly cols: number;
  /** Row-major. */
  readonly values: Values;
  /** Made late: palettes are fetched first. */
  readonly scale: () => ColorScale;
  /** Values are written into cells that are large enough. */
  readonly annotate?: boolean;
  /** What is written instead of the value. */
  readonly text?: (i: number) => string;
  /** A line around each cell. */
  readonly lines?: boolean;
  /** Where the cells are among the values, where they are not in the values' own order: `rows` × `cols` are the plane's, gaps included. */
  readonly plane?: Plane;
  /** Cells at the end of the last rows that hold nothing: from such a column and row on. */
  readonly blank?: {readonly col: number; readonly row: number};
}

/** Pixels over the panel's whole domain, from its left top corner. */
export interface ImageMark extends Shared {
  readonly kind: 'image';
  readonly pixels: ImageData;
  /** Pixels are kept apart when enlarged. */
  readonly crisp?: boolean;
}

/** Words one after the other, in lines as a text's, each in a box of its value's colour. Alone in its panel, whose axes are bare and go from 0 to 1, y downwards. */
export interface ChipsMark extends Shared {
  readonly kind: 'chips';
  readonly texts: readonly string[];
  readonly values: Values;
  /** Made late: palettes are fetched first. */
  readonly scale: () => ColorScale;
}

export type Mark = LineMark | PointsMark | SpritesMark | BarsMark | BandMark | RuleMark | CellsMark | ImageMark | ChipsMark;

/** Something to drag: at a point of the panel, told in the axes' units where it is dragged to. */
export interface Handle {
  readonly x: number;
  readonly y: number;
  /** `x`: a line from top to bottom; `both`: a knob. */
  readonly along: 'x' | 'both';
  readonly label: string;
  readonly moved: (x: number, y: number) => void;
}

/** One picture with axes. */
export interface Panel {
  /** Names it: zoom is kept by it. */
  readonly key: string;
  readonly title?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
  readonly handles?: readonly Handle[];
  /** Width over height of the marks' box; free by default. */
  readonly ratio?: number;
  /** Share of the figure, against the other panels; 1 by default. */
  readonly weight?: number;
  /** Its points can be chosen with a box or a lasso. */
  readonly selectable?: boolean;
  /** What zooms: both by default. */
  readonly zoom?: 'both' | 'x' | 'none';
  /** Panels of one such name share the window along x. */
  readonly link?: string;
  /** The cursor goes to what is nearest along x, rather than nearest at all. */
  readonly hover?: 'x';
  /** Of a stacked figure: stands beside the panel before it where there is room for both. */
  readonly beside?: boolean;
  /** Whether its colours are those of the figure's colour bar, which stands below the last line of such panels; by default of cells and chips. */
  readonly colored?: boolean;
  /** In a strip: CSS px from the top of its title to the end of its axis; and how wide it is beside others, which share what is left. */
  readonly high?: number;
  readonly wide?: number;
  /** A colour bar of its own; the figure's is then not drawn. */
  readonly bar?: () => ColorScale;
  /** Whether values lie beyond its ends, which then have tips. */
  readonly beyond?: {readonly under: boolean; readonly over: boolean};
}

/** A colour with what it stands for; a click hides and shows the series. */
export interface LegendItem {
  readonly series: string;
  readonly label: string;
  readonly ink: Ink;
  readonly dash?: boolean;
  /** Of points: what stands for each. */
  readonly shape?: PointsMark['shape'];
}

/** A finding or remark below the plot; `alert` for what went wrong in training. */
export interface Note {
  readonly text: string;
  readonly alert?: boolean;
  readonly action?: {readonly label: string; readonly run: () => void};
}

/** Something to set below the toolbar. */
export type Control =
  | {readonly type: 'choice'; readonly label: string; readonly value: string; readonly options: readonly (readonly [value: string, label: string])[]; readonly set: (value: string) => void}
  | {readonly type: 'slider'; readonly label: string; readonly value: number; readonly min: number; readonly max: number; readonly step: number; readonly set: (value: number) => void; readonly action?: {readonly label: string; readonly run: () => void}}
  | {readonly type: 'player'; readonly label: string; readonly at: number; readonly n: number; readonly text: string; readonly playing: boolean; readonly play: string; readonly set: (at: number) => void; readonly toggle: () => void}
  | {readonly type: 'button'; readonly label: string; readonly disabled?: boolean; readonly run: () => void}
  | {readonly type: 'number'; readonly label: string; readonly value: number; readonly min?: number; readonly step?: number | 'any'; readonly set: (value: number) => void}
  | {readonly type: 'stepper'; readonly label: string; readonly at: number; readonly n: number; readonly set: (at: number) => void};

/** Rows of numbers, for CSV and for those who don't see the picture. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly cell: (row: number, column: number) => number | string;
}

/** All that is drawn of some data. */
export interface Figure {
  /** A name for screen readers and files. */
  readonly label: string;
  /** What stands beside the title: numbers that sum it up. */
  readonly facts: string;
  readonly panels: readonly Panel[];
  /** Panels below each other whatever the width; else beside each other where there is room. */
  readonly stacked?: boolean;
  /** Panels below each other, each as high as it says, those `beside` others beside them where there is room: scrolled where they are higher than the element. */
  readonly strip?: boolean;
  /** Names what is shown, of several things that are gone to and fro between: how far each is scrolled is kept. */
  readonly place?: string;
  readonly legend: readonly LegendItem[];
  /** Its picture is as high as it is wide, where there is room. */
  readonly tall?: boolean;
  /** What the user can set, besides the kind and the axes' scales. */
  readonly controls?: readonly Control[];
  /** What stands below an example that is shown, such as its true and its predicted class. */
  readonly caption?: (example: number) => string;
  /** What an example looks like, where the page has no picture of it. */
  readonly pictureOf?: (example: number) => Picture;
  /** A mark has been chosen: what is done instead of highlighting its examples. */
  readonly chosen?: (reading: Reading, signal: AbortSignal) => Promise<void>;
  /** A colour bar below the panels that are coloured by it. */
  readonly bar?: () => ColorScale;
  readonly notes: readonly Note[];
  readonly table: Table;
  /** The numbers behind it, as `.metrics` gives them. */
  readonly metrics: Readonly<Record<string, unknown>>;
}
