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
