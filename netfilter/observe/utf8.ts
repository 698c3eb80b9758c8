/** How many characters are handed to `String.fromCharCode` at once: far below every engine's limit of arguments. */
const piece = 8192;

/** Text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD, one for each byte. The pure rooms have no TextDecoder. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let from = start; from < end; ) {
    const to = asciiEnd(bytes, from, Math.min(end, from + piece));
    if (to > from) text += String.fromCharCode(...bytes.subarray(from, to));
    from = to;
    if (from < end && (bytes[from] as number) >= 0x80) {
      const { point, length } = codePoint(bytes, from, end);
      text += String.fromCodePoint(point);
      from += length;
    }
  }
  return text;
}

function asciiEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) < 0x80) at++;
  return at;
}

const unreadable = { point: 0xfffd, length: 1 };

function codePoint(bytes: Uint8Array, at: number, end: number): { readonly point: number; readonly length: number } {
  const first = bytes[at] as number;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return unreadable;
  let point = first & (0x7f >> length);
  for (let next = at + 1; next < at + length; next++) {
    const byte = bytes[next] as number;
    if ((byte & 0xc0) !== 0x80) return unreadable;
    point = (point << 6) | (byte & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length] as number;
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < least || point > 0x10ffff || surrogate ? unreadable : { point, length };
}
