import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../styles/tokens.css';
import '../styles/base.css';
import { applyTheme, rememberedTheme } from '../ui/theme.ts';
import { ApiPage } from './api-page.tsx';

applyTheme(rememberedTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('api.html has no element "root"');
createRoot(root).render(
  <StrictMode>
    <ApiPage address="api/openapi.json" />
  </StrictMode>,
);
