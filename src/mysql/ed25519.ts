import { createHash } from 'node:crypto';

/*
 * MariaDB's client_ed25519: an Ed25519 signature of the server's scramble, where the secret is SHA-512 of the raw password
 * (RFC 8032 §5.1.6 with the password in place of the 32-byte seed, which is why node:crypto cannot do it).
 */
const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const BASE_Y = mod(4n * power(5n, P - 2n));
const BASE_X = recoverX(BASE_Y);
/** Extended coordinates (X, Y, Z, T) of RFC 8032 §5.1.4. */
type Point = readonly [bigint, bigint, bigint, bigint];
const BASE: Point = [BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)];

/** Signs `message` with the key derived from `secret`; 64 bytes R ‖ S. */
export function signEd25519(secret: Uint8Array, message: Uint8Array): Buffer {
  const hash = sha512(secret);
  const scalar = clamp(hash.subarray(0, 32));
  const publicKey = encode(multiply(BASE, scalar));
  const nonce = littleEndian(sha512(hash.subarray(32), message)) % ORDER;
  const commitment = encode(multiply(BASE, nonce));
  const challenge = littleEndian(sha512(commitment, publicKey, message)) % ORDER;
  return Buffer.concat([commitment, bytesOf((nonce + challenge * scalar) % ORDER)]);
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function clamp(bytes: Uint8Array): bigint {
  const copy = Buffer.from(bytes);
  copy[0] = (copy[0] ?? 0) & 0xf8;
  copy[31] = ((copy[31] ?? 0) & 0x7f) | 0x40;
  return littleEndian(copy);
}

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiply(point: Point, times: bigint): Point {
  let result: Point = [0n, 1n, 1n, 0n];
  for (let [addend, rest] = [point, times]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(result, addend);
    addend = add(addend, addend);
  }
  return result;
}

function encode([x, y, z]: Point): Buffer {
  const inverse = power(z, P - 2n);
  return bytesOf(mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n));
}

/** The even root, as the base point has it (RFC 8032 §5.1.3). */
function recoverX(y: bigint): bigint {
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (P - 1n) / 4n));
  return x & 1n ? P - x : x;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [mod(base), exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
