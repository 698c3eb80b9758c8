/**
 * A whole number as the C library's `strtoul` with base 0 reads it: decimal, `0x` hexadecimal, or octal with a leading 0.
 * Undefined when anything else stands there.
 */
export function parseNumber(text: string): bigint | number | undefined {
  const digits = text.charCodeAt(0) === 43 ? text.slice(1) : text;
  if (digits.length === 0) return undefined;
  const hex = digits.charCodeAt(0) === 48 && (digits.charCodeAt(1) | 32) === 120;
  const base = hex ? 16 : digits.charCodeAt(0) === 48 && digits.length > 1 ? 8 : 10;
  const from = hex ? 2 : 0;
  if (digits.length === from) return undefined;
  let value = 0;
  for (let at = from; at < digits.length; at++) {
    const digit = digitOf(digits.charCodeAt(at));
    if (digit >= base) return undefined;
    value = value * base + digit;
  }
  if (value <= Number.MAX_SAFE_INTEGER) return value;
  return base === 8 ? BigInt(`0o${digits}`) : BigInt(digits);
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : 99;
}

/** The number in `text` if it is one from `min` to `max`. */
export function numberWithin(text: string, min: number, max: number | bigint): bigint | number | undefined {
  const value = parseNumber(text);
  return value !== undefined && value >= min && value <= max ? value : undefined;
}
