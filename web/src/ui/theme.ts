export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const STORAGE_KEY = 'orchestrator.theme';

const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text);

/** The reader's choice, remembered by the browser; 'auto' follows the system. Private windows may forbid remembering. */
export function rememberedTheme(): Theme {
  try {
    const text = localStorage.getItem(STORAGE_KEY);
    return isTheme(text) ? text : 'auto';
  } catch {
    return 'auto';
  }
}

/** Applies a choice to the page and remembers it where that is allowed. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Not remembered; the choice holds until the page is closed.
  }
}
