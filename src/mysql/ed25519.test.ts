import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signEd25519 } from './ed25519.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
/** A 32-byte seed as the PKCS#8 structure that node:crypto reads. */
const keyOf = (seed: Uint8Array) =>
  createPrivateKey({
    key: Buffer.concat([bytes('302e020100300506032b657004220420'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

describe('signEd25519', () => {
  it.each([
    // RFC 8032 §7.1, tests 1 to 3: seed, message, signature.
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('signs as RFC 8032 says, seed %s', (seed, message, signature) => {
    expect(signEd25519(bytes(seed), bytes(message)).toString('hex')).toBe(signature);
  });

  it('agrees with node:crypto for every seed of 32 bytes', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seed, fc.uint8Array({ maxLength: 64 }), (secret, message) => {
        expect(signEd25519(secret, message)).toEqual(sign(null, message, keyOf(secret)));
      }),
      { numRuns: 25 },
    );
  });
});
