const golden = 0xdeadbeef;

/** The kernel's hash over whole words (Jenkins' lookup3), which decides, without a secret, between the addresses of a NAT range. */
export function jhash2(words: readonly number[], seed: number): number {
  let a = (golden + (words.length << 2) + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; words.length - at > 3; at += 3) {
    a = (a + word(words, at)) | 0;
    b = (b + word(words, at + 1)) | 0;
    c = (c + word(words, at + 2)) | 0;
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  const left = words.length - at;
  if (left === 0) return c >>> 0;
  if (left > 2) c = (c + word(words, at + 2)) | 0;
  if (left > 1) b = (b + word(words, at + 1)) | 0;
  a = (a + word(words, at)) | 0;
  return finish(a, b, c);
}

function finish(first: number, second: number, third: number): number {
  let [a, b, c] = [first, second, third];
  c = (c ^ b) - rotate(b, 14);
  a = (a ^ c) - rotate(c, 11);
  b = (b ^ a) - rotate(a, 25);
  c = (c ^ b) - rotate(b, 16);
  a = (a ^ c) - rotate(c, 4);
  b = (b ^ a) - rotate(a, 14);
  c = (c ^ b) - rotate(b, 24);
  return c >>> 0;
}

function word(words: readonly number[], at: number): number {
  return words[at] as number;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
