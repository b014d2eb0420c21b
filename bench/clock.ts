/** Wall time in milliseconds since 1970 with fractions, on the clock that the lab's writer uses. */
export const nowMs = (): number => performance.timeOrigin + performance.now();
