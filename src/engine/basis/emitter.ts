/** A list of listeners. One that throws does not keep the others from hearing. */
export interface Emitter<T> {
  emit(event: T): void;
  listen(listener: (event: T) => void): () => void;
}

export function createEmitter<T>(onListenerError: (thrown: unknown) => void): Emitter<T> {
  const listeners = new Set<(event: T) => void>();
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (thrown) {
          onListenerError(thrown);
        }
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
