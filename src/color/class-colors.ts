/**
 * Colours of the classes of a segmentation: grey for the first, which mostly is the background, then as different as 24
 * can be. Each was the farthest, in Oklab, from all before it, among colours neither near black nor white nor grey; no
 * two are nearer than 0.13 to each other.
 */
export const CLASS_COLORS = [
  '#808080', '#e61e28', '#006ee6', '#14aa3c', '#fac800', '#e100ff', '#3ce1ff', '#870087', '#ffa5ff', '#00ff00', '#2d5a1e', '#872d1e',
  '#8700ff', '#ff8769', '#9696f0', '#2d4b87', '#2d00e1', '#ff3ca5', '#b4960f', '#87d287', '#a55ab4', '#00b4b4', '#ffc3b4', '#c30078',
] as const;

/** The colour of a class by its number, as CSS; they begin anew after the last. */
export const classColor = (id: number): string => CLASS_COLORS[((id % CLASS_COLORS.length) + CLASS_COLORS.length) % CLASS_COLORS.length]!;

/** Colours of points by class, which stand out from their page (3 : 1 at least) and from each other; a shape tells further classes apart. */
const LIGHT = ['#0072b2', '#d95500', '#00805e', '#c2378f', '#8a6d00', '#6a3fb5', '#c1121f', '#008296', '#5b6470', '#7a4a2b', '#438700', '#1b2a8a'] as const;
const DARK = ['#56b4e9', '#f0884a', '#2bc49a', '#f08cc8', '#e6c619', '#b394ff', '#ff6b6b', '#4fe0ee', '#c3cbd6', '#c99b78', '#a6e34a', '#8fa2ff'] as const;

/** How many there are before they begin anew. */
export const POINT_COLORS = LIGHT.length;

/** The colour of points of the `i`th class, as CSS. */
export const pointColor = (i: number, dark: boolean): string => (dark ? DARK : LIGHT)[i % POINT_COLORS]!;
