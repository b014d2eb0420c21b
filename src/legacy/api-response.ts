/** The envelope of the historic API. OK goes with HTTP 200, ERROR with 500. */
export interface ApiResponse<Details = unknown> {
  readonly Code: 'OK' | 'ERROR';
  readonly Message: string;
  readonly Details: Details | null;
}

/** A good answer in its envelope. */
export const okResponse = <Details>(message: string, details: Details | null = null): ApiResponse<Details> => ({
  Code: 'OK',
  Message: message,
  Details: details,
});

/** A failure in its envelope; details are rare. */
export const errorResponse = <Details>(message: string, details: Details | null = null): ApiResponse<Details> => ({
  Code: 'ERROR',
  Message: message,
  Details: details,
});

/**
 * The envelope with this node's name before its message (PrependMessagesWithOrcIdentity). Messages that are data get it too.
 * @param identity '' leaves the message as it is.
 */
export const identifiedResponse = <Details>(response: ApiResponse<Details>, identity: string): ApiResponse<Details> =>
  identity === '' ? response : { ...response, Message: `Orchestrator ${identity} says: ${response.Message}` };
