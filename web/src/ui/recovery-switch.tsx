import { type ReactNode, useState } from 'react';
import { Button, Note, Pill } from './controls.tsx';
import { useServices } from './services.ts';
import { useStore } from './store.ts';
import { useAction } from './use-action.ts';

const OFF_HINT =
  'Nothing is healed without a hand until recoveries are enabled again; those ordered by hand still go through.';
const ON_HINT = 'Clusters that the configuration names are healed without a hand.';

/** The global switch: seen by everybody, turned by whoever may act, after a second question. */
export function RecoverySwitch(): ReactNode {
  const { api, fleetWatch } = useServices();
  const { areRecoveriesEnabled, settings } = useStore(fleetWatch.fleet);
  const [isAsking, setAsking] = useState(false);
  const [state, start] = useAction();
  if (areRecoveriesEnabled === null) return null;
  const verb = areRecoveriesEnabled ? 'disable' : 'enable';
  const turn = (): void => {
    setAsking(false);
    start(async () => {
      const message = await api.act(`${verb}-global-recoveries`);
      fleetWatch.refresh();
      return message;
    });
  };
  return (
    <>
      {areRecoveriesEnabled ? (
        settings.isAuthorizedForAction && (
          <Button look="quiet" title={ON_HINT} disabled={state.kind === 'busy'} onClick={() => setAsking(!isAsking)}>
            recoveries on
          </Button>
        )
      ) : (
        <>
          <Pill tone="bad" hint={OFF_HINT}>
            recoveries disabled globally
          </Pill>
          {settings.isAuthorizedForAction && !isAsking && (
            <Button disabled={state.kind === 'busy'} onClick={() => setAsking(true)}>
              Enable…
            </Button>
          )}
        </>
      )}
      {isAsking && (
        <>
          <Button
            look="primary"
            autoFocus
            onClick={turn}
            onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
          >
            {areRecoveriesEnabled ? 'Disable all automated recoveries' : 'Enable automated recoveries'}
          </Button>
          <Button look="quiet" onClick={() => setAsking(false)}>
            Cancel
          </Button>
        </>
      )}
      {state.kind === 'failed' && <Note tone="bad">{state.message}</Note>}
    </>
  );
}
