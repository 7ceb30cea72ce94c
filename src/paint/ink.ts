import {pointColor} from '../color/class-colors.js';
import {luminance} from '../color/palette.js';
import {seriesColor} from '../color/series-colors.js';
import type {Ink} from '../plot/types.js';
import {rgbaOf, type Theme} from './theme.js';

/** Whether a theme's page is dark. */
export const isDark = (theme: Theme): boolean => luminance(rgbaOf(theme.background)) < 0.18;

/** Black or white, whichever stands out from a colour. */
export const onColor = (css: string): string => (luminance(rgbaOf(css)) > 0.18 ? '#000' : '#fff');

/** A colour of a plot as CSS. */
export function inkOf(ink: Ink | undefined, theme: Theme): string {
  if (typeof ink === 'number' || ink === undefined) return seriesColor(ink ?? 0, isDark(theme));
  if (ink.startsWith('point ')) return pointColor(Number(ink.slice(6)), isDark(theme));
  return ink === 'text' || ink === 'muted' || ink === 'accent' || ink === 'grid' || ink === 'background' ? theme[ink as 'text'] : ink;
}
