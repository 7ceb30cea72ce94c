/** The 97.5 % quantile of the normal distribution: two sides of 95 %. */
const Z = 1.959963984540054;

/** Wilson's (1927) 95 % interval of a share of which k out of n were counted: within [0, 1], and of some width even where k is 0 or n. NaN for n = 0. */
export function wilsonInterval(k: number, n: number): [low: number, high: number] {
  if (!n) return [NaN, NaN];
  const share = k / n;
  const whole = 1 + Z ** 2 / n;
  const middle = (share + Z ** 2 / (2 * n)) / whole;
  const reach = (Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))) / whole;
  // exact ends, which rounding would miss
  return [k === 0 ? 0 : middle - reach, k === n ? 1 : middle + reach];
}
