/**
 * Bare values that nft's scanner takes whole: addresses, times, `major:minor`. Each function gives the offset just past the
 * longest one that starts at `at`, or -1.
 */

const ipv4 = /\d{1,3}(?:\.\d{1,3}){3}/y;
const mac = /(?:[0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}/y;
const time = /(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?/y;
const hexadecimal = /0[xX][0-9a-fA-F]+/y;
const vlanProtocol = /8021(?:ad|q)/y;
const classId = /[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}(?=[ \t\n:\-},])/y;
const hexGroup = /[0-9a-fA-F]{1,4}/y;

/** The longest of all of them. */
export function literalEnd(text: string, at: number): number {
  const plain = Math.max(
    match(hexadecimal, text, at),
    match(time, text, at),
    match(mac, text, at),
    match(vlanProtocol, text, at),
    ipv6End(text, at),
  );
  // The character that must follow a class id counts as part of it when lengths are compared.
  const pair = match(classId, text, at);
  return pair >= plain ? pair : plain;
}

/** `10.0.0.1`; octets are not judged here. */
export function ipv4End(text: string, at: number): number {
  return match(ipv4, text, at);
}

/** `fe80::1`, `::`, `::ffff:10.0.0.1`: eight groups, or at most seven and one `::`. */
export function ipv6End(text: string, at: number): number {
  let groups = 0;
  let compressed = false;
  let end = -1;
  let here = at;
  for (;;) {
    if (text.charCodeAt(here) === 58 && text.charCodeAt(here + 1) === 58) {
      if (compressed || groups > 7) return end;
      compressed = true;
      here += 2;
      end = here;
    } else if (groups > 0) {
      if (text.charCodeAt(here) !== 58) return end;
      here++;
    }
    if (compressed && groups <= 5) {
      const tail = ipv4End(text, here);
      if (tail !== -1) return tail;
    }
    const next = match(hexGroup, text, here);
    if (next === -1 || groups === (compressed ? 7 : 8)) return end;
    groups++;
    here = next;
    if (compressed || groups === 8) end = here;
    if (groups === 8) return end;
  }
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) && pattern.lastIndex > at ? pattern.lastIndex : -1;
}
