/**
 * Colours of series, told apart with any colour vision: Okabe and Ito's (2008) in an order that keeps neighbours apart,
 * deepened or lightened until each stands out from its page (3 : 1 at least).
 */
const LIGHT = ['#0072b2', '#c4460a', '#00805e', '#a8478a', '#8a6d00', '#2e86c9', '#6a4fb3', '#5b6470'] as const;
const DARK = ['#56b4e9', '#f0884a', '#2bc49a', '#e29bc6', '#e6c619', '#8fd0ff', '#b3a0f0', '#a9b4c2'] as const;

/** How many there are before they begin anew. */
export const SERIES_COLORS = LIGHT.length;

/** The colour of the `i`th series, as CSS. */
export const seriesColor = (i: number, dark: boolean): string => (dark ? DARK : LIGHT)[((i % SERIES_COLORS) + SERIES_COLORS) % SERIES_COLORS]!;
