import { type FormEvent, type ReactNode, useState } from 'react';
import { keyPath } from '../api/client.ts';
import type { KeyJson } from '../api/types.ts';
import { Button, Note, TextField } from '../ui/controls.tsx';
import { useServices } from '../ui/services.ts';
import { useAction } from '../ui/use-action.ts';
import styles from './clusters-page.module.css';

const DEFAULT_PORT = 3306;

/** Reads `host`, `host:port` or `[ipv6]:port`; null when it is none of these. */
export function parseAddress(text: string): KeyJson | null {
  const match = /^\[([0-9a-f:.%]+)\](?::(\d+))?$/i.exec(text.trim()) ?? /^([^\s:,[\]/]+)(?::(\d+))?$/.exec(text.trim());
  const port = match?.[2] === undefined ? DEFAULT_PORT : Number(match[2]);
  return match?.[1] === undefined || port < 1 || port > 65_535 ? null : { Hostname: match[1], Port: port };
}

/** Takes one server's address and has its whole topology discovered. */
export function DiscoverForm(): ReactNode {
  const { api, fleetWatch } = useServices();
  const [address, setAddress] = useState('');
  const [state, start] = useAction();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start(async () => {
      const key = parseAddress(address);
      if (key === null) throw new Error(`“${address}” is not an address; write host:port, e.g. db1.example.com:3306`);
      const message = await api.act(`discover/${keyPath(key)}`);
      fleetWatch.refresh();
      setAddress('');
      return message;
    });
  };
  return (
    <>
      <form className={styles.discover} onSubmit={submit}>
        <TextField
          placeholder="host:port"
          aria-label="Address of a server to discover"
          value={address}
          onChange={(event) => setAddress(event.target.value)}
        />
        <Button look="primary" type="submit" disabled={state.kind === 'busy' || address.trim() === ''}>
          {state.kind === 'busy' ? 'Discovering…' : 'Discover'}
        </Button>
      </form>
      {(state.kind === 'failed' || state.kind === 'done') && (
        <div className={styles.outcome}>
          <Note tone={state.kind === 'failed' ? 'bad' : 'good'}>{state.message}</Note>
        </div>
      )}
    </>
  );
}
