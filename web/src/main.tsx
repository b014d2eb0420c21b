import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import { createApi } from './api/client.ts';
import { createFleetWatch } from './api/fleet-watch.ts';
import { App } from './app.tsx';
import { createRouter } from './ui/router.ts';
import { ServicesProvider } from './ui/services.ts';
import { applyTheme, rememberedTheme } from './ui/theme.ts';

applyTheme(rememberedTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element "root"');

// The base element carries the URL prefix; see index.html.
const api = createApi(document.baseURI);
const services = { api, fleetWatch: createFleetWatch(api), router: createRouter(document.baseURI, window) };
createRoot(root).render(
  <StrictMode>
    <ServicesProvider value={services}>
      <App />
    </ServicesProvider>
  </StrictMode>,
);
