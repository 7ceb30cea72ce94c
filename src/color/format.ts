const MINUS = '\u2212';
const float = new Float32Array(1);

/**
 * A value in the fewest digits that name it: of a float32, those that round to it (`0.1`, not `0.10000000149011612`).
 * With a true minus sign, and ∞.
 */
export function formatValue(v: number, dtype: string = 'float32'): string {
  return plainValue(v, dtype).replaceAll('-', MINUS).replace('Infinity', '∞');
}

/** As `formatValue`, in ASCII: for files. */
export function plainValue(v: number, dtype: string = 'float32'): string {
  if (!Number.isFinite(v) || Number.isInteger(v)) return Math.abs(v) >= 1e21 ? v.toExponential() : String(v);
  if (dtype !== 'float32' || Math.fround(v) !== v) return String(v);
  for (let digits = 6; digits < 9; digits++) {
    const text = v.toPrecision(digits);
    float[0] = Number(text);
    if (float[0] === v) return String(Number(text));
  }
  return String(Number(v.toPrecision(9)));
}

/** A value in at most `digits` significant digits, for where there is little room. */
export function formatShort(v: number, digits = 3): string {
  if (!Number.isFinite(v)) return formatValue(v);
  const size = Math.abs(v);
  const text = size !== 0 && (size < 1e-4 || size >= 10 ** Math.max(5, digits)) ? v.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e') : String(Number(v.toPrecision(digits)));
  return text.replaceAll('-', MINUS);
}

/** A language's number format; `en_US` is read as `en-US`, and what is no language tag as English. */
function numberFormat(lang: string, options?: Intl.NumberFormatOptions): Intl.NumberFormat {
  // to make one takes a hundred times as long as to use it
  const key = `${lang} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format) return format;
  try {
    format = new Intl.NumberFormat(lang.replaceAll('_', '-'), options);
  } catch {
    format = new Intl.NumberFormat('en', options);
  }
  formats.set(key, format);
  return format;
}

const formats = new Map<string, Intl.NumberFormat>();

/** A count in few letters: 9.2K, 25.6M. */
export const shortCount = (n: number, lang: string): string => (Math.abs(n) < 1000 ? formatCount(n, lang) : numberFormat(lang, {notation: 'compact', maximumFractionDigits: 1}).format(n));

/** A count, grouped as the language has it. */
export const formatCount = (n: number, lang: string): string => numberFormat(lang).format(n);

/** A share as a percentage in few digits; what is not all or nothing never reads 0 % or 100 %. */
export function formatShare(share: number, lang: string): string {
  const clipped = share > 0 && share < 1 ? Math.min(0.999, Math.max(0.0001, share)) : share;
  const digits = clipped > 0 && clipped < 0.01 ? 2 : clipped > 0.99 && clipped < 1 ? 1 : clipped < 0.1 ? 1 : 0;
  const text = numberFormat(lang, {style: 'percent', maximumFractionDigits: digits}).format(clipped);
  // what is less than the last digit is not rounded up to it
  return share > 0 && share < 0.00005 ? `< ${text}` : text;
}
