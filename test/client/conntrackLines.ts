/** `count` lines as /proc/net/nf_conntrack has them, all different, in pieces of some hundred kilobytes. */
export function* conntrackLines(count: number): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  const atOnce = 2000;
  for (let from = 0; from < count; from += atOnce) {
    const lines = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => line(from + index));
    yield encoder.encode(lines.join(""));
  }
}

function line(number: number): string {
  const client = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  const port = 1024 + (number % 60_000);
  const server = `192.0.2.${1 + (number % 7)}`;
  if (number % 5 === 4) {
    return `ipv4     2 udp      17 ${number % 180} src=${client} dst=${server} sport=${port} dport=53 src=${server} dst=198.51.100.1 sport=53 dport=${port} mark=${number % 3} zone=0 use=2\n`;
  }
  const state = number % 3 === 0 ? "TIME_WAIT" : "ESTABLISHED";
  return `ipv4     2 tcp      6 ${number % 432_000} ${state} src=${client} dst=${server} sport=${port} dport=443 src=${server} dst=198.51.100.1 sport=443 dport=${port} [ASSURED] mark=${number % 3} zone=0 use=2\n`;
}
