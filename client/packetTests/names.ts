/** The test file beside a rules file: `rules.v4` has `rules.v4.packets.yaml`, `router.nft` has `router.packets.yaml`. */
export function testFileFor(rules: string): string {
  return `${rules.replace(/(?<=[^/])\.(nft|conf|rules|iptables|ip6tables)$/, "")}.packets.yaml`;
}
