/**
 * The values that rules and packets are made of. Both draw from the same few, so that a rule that asks for one is likely to
 * meet it, and neighbours of each value are there for the edges of ranges.
 */
export const pool = {
  ipv4: {
    lan: ["192.168.1.10", "192.168.1.11", "192.168.1.200"],
    internet: ["203.0.113.10", "203.0.113.11", "198.51.100.7", "8.8.8.8"],
    router: ["192.168.1.1", "10.0.1.2", "10.0.2.2"],
    gateways: ["10.0.1.1", "10.0.2.1"],
    unowned: ["10.0.1.77", "192.168.77.5"],
    prefixes: [
      "192.168.1.0/24",
      "203.0.113.0/24",
      "203.0.113.10/31",
      "10.0.0.0/8",
      "192.168.1.8/29",
      "198.51.100.0/25",
    ],
    ranges: ["192.168.1.10-192.168.1.20", "203.0.113.0-203.0.113.10", "8.8.8.0-9.0.0.0"],
  },
  ipv6: {
    lan: ["2001:db8:1::10", "2001:db8:1::11", "2001:db8:1::200"],
    internet: ["2001:db8:ff::10", "2001:db8:ff::11", "2001:db8:fe::7"],
    router: ["2001:db8:1::1", "2001:db8:a1::2", "2001:db8:a2::2"],
    gateways: ["2001:db8:a1::1", "2001:db8:a2::1"],
    unowned: ["2001:db8:a1::77", "2001:db8:77::5"],
    prefixes: ["2001:db8:1::/64", "2001:db8:ff::/48", "2001:db8:ff::10/127", "2001:db8::/32", "2001:db8:fe::/56"],
    ranges: ["2001:db8:1::10-2001:db8:1::20", "2001:db8:ff::-2001:db8:ff::10"],
  },
  ports: [22, 53, 80, 443, 3128, 8080, 8081],
  clientPorts: [1024, 40000, 40001, 55555],
  portRanges: ["50-80", "80-443", "1024-65535", "8080-8081", "0-1023"],
  marks: [0x1, 0x10, 0x30, 0x36, 0xff00],
  masks: [0xff, 0xf0, 0xffff, 0xffffffff],
  devices: ["lan0", "wan1", "wan2"],
} as const;

export type AddressPool = typeof pool.ipv4 | typeof pool.ipv6;

/** Hexadecimal, as marks are written. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
