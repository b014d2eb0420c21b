import { type PointerEvent, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { fitView, reveal, type Size, type View, zoomAt } from './view.ts';

/** A pointer that moved less than this (pixels) was a click. */
const CLICK_SLACK_PX = 4;

export interface ViewControl {
  readonly view: View;
  /** True while the reader's hand moves it: then it must not be animated. */
  readonly isHeld: boolean;
  readonly pointerHandlers: {
    onPointerDown(event: PointerEvent): void;
    onPointerMove(event: PointerEvent): void;
    onPointerUp(event: PointerEvent): void;
    onPointerCancel(event: PointerEvent): void;
  };
  /** Shows everything, and keeps doing so while the topology changes, until the reader moves the view. */
  showAll(): void;
  zoom(factor: number): void;
  reveal(box: Size & { readonly x: number; readonly y: number }): void;
}

/** Pan by dragging the ground (one or two fingers), zoom by wheel or pinch, around the pointer. */
export function useView(windowRef: RefObject<HTMLElement | null>, content: Size): ViewControl {
  const [view, setView] = useState<View>({ x: 28, y: 28, scale: 1 });
  const [isHeld, setHeld] = useState(false);
  const isFitted = useRef(true);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const isDragging = useRef(false);

  const windowSize = useCallback((): Size => {
    const element = windowRef.current;
    return { width: element?.clientWidth ?? 0, height: element?.clientHeight ?? 0 };
  }, [windowRef]);
  const showAll = useCallback(() => {
    isFitted.current = true;
    setView(fitView(content, windowSize()));
  }, [content, windowSize]);

  useLayoutEffect(() => {
    if (isFitted.current) showAll();
  }, [showAll]);
  useEffect(() => {
    const element = windowRef.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (isFitted.current) showAll();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [showAll, windowRef]);
  useEffect(() => {
    const element = windowRef.current;
    if (element === null) return undefined;
    let rest: ReturnType<typeof setTimeout>;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      isFitted.current = false;
      const box = element.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016));
      setHeld(true);
      clearTimeout(rest);
      rest = setTimeout(() => setHeld(false), 120);
      setView((now) => zoomAt(now, { x: event.clientX - box.left, y: event.clientY - box.top }, factor));
    };
    // Not passive: the page itself must not scroll or zoom.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      clearTimeout(rest);
      element.removeEventListener('wheel', onWheel);
    };
  }, [windowRef]);

  const release = useCallback((event: PointerEvent) => {
    fingers.current.delete(event.pointerId);
    if (fingers.current.size === 0) {
      isDragging.current = false;
      setHeld(false);
    }
  }, []);
  const move = useCallback(
    (event: PointerEvent) => {
      const before = fingers.current.get(event.pointerId);
      if (before === undefined) return;
      const now = { x: event.clientX, y: event.clientY };
      const dx = now.x - before.x;
      const dy = now.y - before.y;
      if (!isDragging.current && Math.hypot(dx, dy) < CLICK_SLACK_PX) return;
      if (!isDragging.current) {
        isDragging.current = true;
        isFitted.current = false;
        setHeld(true);
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      const box = windowRef.current?.getBoundingClientRect();
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
      fingers.current.set(event.pointerId, now);
      if (other === undefined || box === undefined) {
        setView((old) => ({ ...old, x: old.x + dx, y: old.y + dy }));
        return;
      }
      const spread = (point: { x: number; y: number }): number => Math.hypot(point.x - other.x, point.y - other.y);
      const factor = spread(now) / Math.max(1, spread(before));
      setView((old) =>
        zoomAt(
          { ...old, x: old.x + dx / 2, y: old.y + dy / 2 },
          { x: other.x - box.left, y: other.y - box.top },
          factor,
        ),
      );
    },
    [windowRef],
  );

  return {
    view,
    isHeld,
    pointerHandlers: {
      onPointerDown(event) {
        if (event.button === 0) fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      },
      onPointerMove: move,
      onPointerUp: release,
      onPointerCancel: release,
    },
    showAll,
    zoom: useCallback(
      (factor) => {
        isFitted.current = false;
        const { width, height } = windowSize();
        setView((now) => zoomAt(now, { x: width / 2, y: height / 2 }, factor));
      },
      [windowSize],
    ),
    reveal: useCallback((box) => setView((now) => reveal(now, box, windowSize())), [windowSize]),
  };
}
