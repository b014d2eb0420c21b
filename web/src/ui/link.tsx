import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { useServices } from './services.ts';

/** A link to a page below the URL prefix; opens without reloading, and as usual with a modifier key. */
export function Link({ to, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly to: string }): ReactNode {
  const { router } = useServices();
  const follow = (event: MouseEvent): void => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    event.preventDefault();
    router.go(to);
  };
  return <a {...rest} href={router.href(to)} onClick={follow} />;
}
