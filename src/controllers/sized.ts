/** Makes a canvas as large as its box, in device px. @returns its context, cleared, in CSS px; `null` while it has no box */
export function sized(canvas: HTMLCanvasElement, dpr: number): CanvasRenderingContext2D | null {
  const width = Math.round(canvas.clientWidth * dpr);
  const height = Math.round(canvas.clientHeight * dpr);
  if (!width || !height) return null;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
  const ctx = canvas.getContext('2d')!;
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return ctx;
}
