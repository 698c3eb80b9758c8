import { describe, expect, it } from "vitest";
import { icmpType, icmpTypes, icmpv6Types } from "../../netfilter/facts/icmp.js";
import { allProtocols, protocolAt, protocols } from "../../netfilter/facts/protocols.js";
import { allServices, services, servicesAt } from "../../netfilter/facts/services.js";

describe("protocols", () => {
  it.each([
    ["tcp", 6],
    ["icmpv6", 58],
    ["ipv6-icmp", 58],
    ["esp", 50],
    ["mh", 135],
    ["all", 0],
    ["ip", 0],
  ])("%s is %i", (name, number) => expect(protocols.get(name)).toBe(number));

  it("knows none by another case than the lower", () => {
    for (const name of protocols.keys()) expect(name).toBe(name.toLowerCase());
    expect(protocols.get("ospfigp")).toBeUndefined();
  });

  it("finds each by its number", () => {
    for (const protocol of allProtocols) expect(protocolAt(protocol.number)).toBe(protocol);
    expect(protocolAt(7)).toBeUndefined();
  });
});

describe("services", () => {
  it.each([
    ["http", 80],
    ["www", 80],
    ["ssh", 22],
    ["domain", 53],
    ["syslog", 514],
    ["echo", 7],
    ["dicom", 104],
  ])("%s is port %i", (name, port) => expect(services.get(name)).toBe(port));

  it("tells protocols apart", () => {
    const names = (port: number, protocol: "tcp" | "udp") =>
      servicesAt(port, protocol).flatMap((service) => service.names);
    expect(names(514, "tcp")).toEqual(["shell", "cmd", "syslog"]);
    expect(names(514, "udp")).toEqual(["syslog"]);
    expect(servicesAt(1)).toHaveLength(1);
  });

  it("has ports in order and protocols for each", () => {
    const ports = allServices.map(({ port }) => port);
    expect(ports).toEqual([...ports].sort((a, b) => a - b));
    for (const service of allServices) {
      expect(service.protocols.every((protocol) => protocol !== undefined) && service.protocols.length > 0).toBe(true);
      expect(service.names.length).toBeGreaterThan(0);
    }
  });
});

describe("ICMP types", () => {
  it.each([
    ["ipv4", 8, "echo-request"],
    ["ipv6", 8, undefined],
    ["ipv6", 128, "echo-request"],
    ["ipv6", 135, "nd-neighbor-solicit"],
  ] as const)("%s type %i is %s", (family, number, name) => expect(icmpType(family, number)?.name).toBe(name));

  it("names the codes of errors", () => {
    expect(icmpType("ipv4", 3)?.codes?.[4]).toMatch(/fragmentation/);
    expect(icmpType("ipv6", 1)?.codes?.[4]).toBe("port unreachable");
  });

  it("has each number once", () => {
    for (const types of [icmpTypes, icmpv6Types])
      expect(new Set(types.map(({ number }) => number)).size).toBe(types.length);
  });
});
