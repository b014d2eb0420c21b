import { createContext, useContext } from 'react';
import type { Api } from '../api/client.ts';
import type { FleetWatch } from '../api/fleet-watch.ts';
import type { Router } from './router.ts';

export interface Services {
  readonly api: Api;
  readonly fleetWatch: FleetWatch;
  readonly router: Router;
}

const ServicesContext = createContext<Services | null>(null);
export const ServicesProvider = ServicesContext.Provider;

/** The services of the page, inside a component below ServicesProvider. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('a component was drawn outside ServicesProvider');
  return services;
}
