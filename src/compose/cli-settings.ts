import type { CliSettings } from '../cli/deps.ts';
import { describeConfig } from '../config/describe.ts';
import type { LoadedConfig } from '../config/load.ts';

/** What the commands read of the configuration. */
export const cliSettings = ({ config }: LoadedConfig): CliSettings => ({
  instancePollSeconds: config.InstancePollSeconds,
  reasonableInstanceCheckSeconds: config.ReasonableInstanceCheckSeconds,
  reasonableReplicationLagSeconds: config.ReasonableReplicationLagSeconds,
  defaultInstancePort: config.DefaultInstancePort,
  raftEnabled: config.RaftEnabled,
  get configurationJson() {
    return describeConfig(config);
  },
});
