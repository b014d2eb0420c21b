import * as z from 'zod';
import { InstanceKeyJson } from './envelope.ts';
import { CoordinatesJson } from './instance.ts';

/** A maintenance lock that holds. */
export const MaintenanceJson = z.object({
  MaintenanceId: z.int(),
  Key: InstanceKeyJson,
  BeginTimestamp: z.string(),
  SecondsElapsed: z.int(),
  IsActive: z.boolean(),
  Owner: z.string(),
  Reason: z.string(),
});
export type MaintenanceJson = z.infer<typeof MaintenanceJson>;

/** A place in the log of one server that equals a place in that of another. */
export const EquivalentJson = z.object({ Key: InstanceKeyJson, Coordinates: CoordinatesJson });
export type EquivalentJson = z.infer<typeof EquivalentJson>;

/** A promotion rule that is registered for a server. */
export const CandidateJson = z.object({
  Hostname: z.string(),
  Port: z.int(),
  PromotionRule: z.string(),
  LastSuggestedString: z.string(),
  PromotionRuleExpiry: z.string(),
});
export type CandidateJson = z.infer<typeof CandidateJson>;
