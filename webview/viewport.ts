/** Zoom and pan: where a drawing stands in its frame. Pixels throughout; pure but for `attachViewport`. */

/** A point of the drawing at `p` is shown at `p * scale + (x, y)`. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const MIN_SCALE = 0.02;
export const MAX_SCALE = 8;

/**
 * The viewport that shows all of `drawing` in `frame`, never enlarged nor smaller than `least`, horizontally centred,
 * from the top.
 */
export function fit(drawing: Size, frame: Size, least = 0): Viewport {
  const margin = 16;
  const across = Math.max(1, frame.width - 2 * margin) / Math.max(1, drawing.width);
  const down = Math.max(1, frame.height - 2 * margin) / Math.max(1, drawing.height);
  const scale = Math.max(MIN_SCALE, least, Math.min(1, across, down));
  return { scale, x: (frame.width - drawing.width * scale) / 2, y: margin };
}

/** Zooms by `factor` so that the point under (`x`, `y`) of the frame stays there. */
export function zoom(viewport: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = Math.max(MIN_SCALE, Math.min(MAX_SCALE, viewport.scale * factor));
  const ratio = scale / viewport.scale;
  return { scale, x: x - (x - viewport.x) * ratio, y: y - (y - viewport.y) * ratio };
}

/** Moves the drawing by (`dx`, `dy`) in the frame. */
export function pan(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x + dx, y: viewport.y + dy };
}

/** Moves the drawing as little as possible for `box` (in the frame's pixels) to be in sight. */
export function bringIntoSight(
  viewport: Viewport,
  box: { left: number; top: number; right: number; bottom: number },
  frame: Size,
  margin = 24,
): Viewport {
  const shift = (low: number, high: number, length: number): number => {
    if (low < margin) return margin - low;
    if (high > length - margin) return Math.max(length - margin - high, margin - low);
    return 0;
  };
  return pan(viewport, shift(box.left, box.right, frame.width), shift(box.top, box.bottom, frame.height));
}

/**
 * Lets the wheel and the mouse move and zoom the drawing in `frame`: the wheel moves it, with Ctrl (or a pinch) it zooms,
 * dragging moves it. `get` and `set` hold the viewport.
 */
export function attachViewport(frame: HTMLElement, get: () => Viewport, set: (viewport: Viewport) => void): void {
  frame.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.ctrlKey || event.metaKey) {
        set(zoom(get(), Math.exp((-event.deltaY * unit) / 300), event.clientX - box.left, event.clientY - box.top));
      } else if (event.shiftKey) {
        set(pan(get(), -event.deltaY * unit, 0));
      } else {
        set(pan(get(), -event.deltaX * unit, -event.deltaY * unit));
      }
    },
    { passive: false },
  );
  let from: { x: number; y: number; viewport: Viewport } | null = null;
  frame.addEventListener('pointerdown', (event) => {
    if (event.button > 1 || (event.target as Element).closest('.node, .statediagram-cluster > g.cluster-label')) return;
    from = { x: event.clientX, y: event.clientY, viewport: get() };
    frame.setPointerCapture(event.pointerId);
    frame.classList.add('moving');
  });
  frame.addEventListener('pointermove', (event) => {
    if (from) set(pan(from.viewport, event.clientX - from.x, event.clientY - from.y));
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    frame.addEventListener(end, () => {
      from = null;
      frame.classList.remove('moving');
    });
  }
}
