/** Where the canvas stands in its window: canvas point p is shown at p·scale + (x, y), in CSS pixels. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const MIN_SCALE = 0.04;
export const MAX_SCALE = 2;
const MARGIN_PX = 28;
/** Room below for the legend and the buttons. */
const BOTTOM_PX = 52;

const clampScale = (scale: number): number => Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));

/** The view that shows everything, centred, never larger than life. */
export function fitView(content: Size, window: Size): View {
  if (content.width === 0 || content.height === 0) return { x: MARGIN_PX, y: MARGIN_PX, scale: 1 };
  const scale = clampScale(
    Math.min(
      1,
      (window.width - 2 * MARGIN_PX) / content.width,
      (window.height - MARGIN_PX - BOTTOM_PX) / content.height,
    ),
  );
  return {
    scale,
    x: Math.max(MARGIN_PX, (window.width - content.width * scale) / 2),
    y: Math.max(MARGIN_PX, (window.height + MARGIN_PX - BOTTOM_PX - content.height * scale) / 2),
  };
}

/** Zooms by `factor` so that the canvas point under `at` (window pixels) stays where it is. */
export function zoomAt(view: View, at: { readonly x: number; readonly y: number }, factor: number): View {
  const scale = clampScale(view.scale * factor);
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** The view moved just so far that a box of the canvas lies in the window; the same object when it does already. */
export function reveal(view: View, box: Size & { readonly x: number; readonly y: number }, window: Size): View {
  const shift = (start: number, length: number, limit: number): number => {
    if (start < MARGIN_PX) return MARGIN_PX - start;
    const over = start + length - (limit - MARGIN_PX);
    return over > 0 ? -over : 0;
  };
  const dx = shift(box.x * view.scale + view.x, box.width * view.scale, window.width);
  const dy = shift(box.y * view.scale + view.y, box.height * view.scale, window.height);
  return dx === 0 && dy === 0 ? view : { ...view, x: view.x + dx, y: view.y + dy };
}
