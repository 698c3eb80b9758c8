import { expect, test } from "vitest";
import { type Choice, type Choices, RulesInPlay, type Shelf } from "../../../client/path/rulesInPlay.js";

interface World {
  /** Texts by address; an error is why one cannot be read. */
  readonly files: Record<string, string | Error>;
  /** When listings were read last. */
  readonly readAt: Record<string, number>;
  /** What was asked of the router, in order. */
  readonly asked: string[];
  now: number;
}

const listings = ["live:nft", "live:v4", "live:old"];

function shelfOf({ files, readAt, asked }: World, clock: () => number): Shelf {
  const isListing = (address: string) => listings.includes(address);
  return {
    listings: (address) => (address.startsWith("live:") ? listings : undefined),
    twin: async (address) => ({ v4: "v6", v6: "v4" })[address],
    read: async (address, anew) => {
      const text = files[address];
      if (isListing(address) && (anew || readAt[address] === undefined)) {
        asked.push(address);
        if (typeof text === "string") readAt[address] = clock();
      }
      if (typeof text !== "string") throw text ?? new Error(`no ${address}`);
      return { name: address, text, language: "iptables", onDisk: true };
    },
    readAt: async (address) => readAt[address] ?? 0,
    state: async (address) => {
      asked.push(`state of ${address}`);
      return { file: "state", text: "{}" };
    },
    titleOf: (address) => address.toUpperCase(),
  };
}

function choices(): Choices & { readonly kept: Map<string, Choice> } {
  const kept = new Map<string, Choice>();
  return { kept, get: (key) => kept.get(key), update: async (key, choice) => void kept.set(key, choice) };
}

function played(address: string, files: World["files"], kept: Choices = choices()) {
  const world: World = { files, readAt: {}, asked: [], now: 1_000_000 };
  const clock = () => world.now;
  const rules = new RulesInPlay(address, shelfOf(world, clock), kept, clock);
  const names = async () => (await rules.all()).rules.documents.map(({ name }) => name);
  return { rules, world, names };
}

test("a file is followed with its twin, and with what is added and not left out", async () => {
  const kept = choices();
  const files = { v4: "4", v6: "6", nft: "n" };
  const { rules, names } = played("v4", files, kept);
  expect(await names()).toEqual(["v4", "v6"]);
  await rules.add("nft");
  await rules.add("nft");
  await rules.add("v6");
  expect(await names()).toEqual(["v4", "v6", "nft"]);
  await rules.leaveOut("v6");
  expect([await names(), rules.leftOut]).toEqual([["v4", "nft"], ["v6"]]);
  expect(await played("v4", files, kept).names()).toEqual(["v4", "nft"]);
  expect(await played("v6", files, kept).names()).toEqual(["v6", "v4"]);
  await rules.add("v6");
  await rules.leaveOut("nft");
  expect([await names(), rules.leftOut]).toEqual([["v4", "v6"], []]);
});

test("a file without a twin is alone, and reads as it is at the moment", async () => {
  const { rules, world } = played("nft", { nft: "before" });
  await rules.all();
  world.files.nft = "after";
  expect((await rules.all()).rules.documents.map(({ text }) => text)).toEqual(["after"]);
});

test("of a router all listings are followed, whichever was meant, and one choice holds for all", async () => {
  const kept = choices();
  const files = { "live:nft": "n", "live:v4": "4", "live:old": "o" };
  const { rules, names } = played("live:v4", files, kept);
  expect(await names()).toEqual(listings);
  await rules.leaveOut("live:old");
  expect(await played("live:nft", files, kept).names()).toEqual(["live:nft", "live:v4"]);
});

test("a router is asked once, and again when that is wanted or was long ago", async () => {
  const { rules, world } = played("live:nft", { "live:nft": "n", "live:v4": "4", "live:old": new Error("refused") });
  const asked = () => world.asked.splice(0);
  await rules.readAgain(false);
  await rules.all();
  expect(asked()).toEqual([...listings, "state of live:nft"]);
  await rules.all();
  world.now += 30_000;
  await rules.readAgain(false);
  expect(asked()).toEqual([]);
  world.now += 40_000;
  await rules.all();
  expect(asked()).toEqual(["state of live:nft"]);
  await rules.readAgain(false);
  expect(asked()).toEqual(listings);
  await rules.readAgain(true);
  await rules.all();
  expect(asked()).toEqual([...listings, "state of live:nft"]);
});

test("a listing that somebody else has read anew is taken as it is then", async () => {
  const { rules, world, names } = played("live:nft", { "live:nft": "n", "live:v4": "4", "live:old": "o" });
  await names();
  world.files["live:v4"] = "new";
  world.readAt["live:v4"] = world.now + 1;
  const { documents } = (await rules.all()).rules;
  expect(documents.map(({ text }) => text)).toEqual(["n", "new", "o"]);
});

test("what cannot be read is said, unless the router has no program that lists it", async () => {
  const refused = new Error("The router does not let this user read the ruleset.");
  const absent = new Error("`iptables-legacy-save`, which reads it, is not installed on the router.");
  const { rules } = played("live:nft", { "live:nft": refused, "live:v4": "4", "live:old": absent });
  const { rules: found, sources } = await rules.all();
  expect(found.missing).toEqual([refused.message]);
  expect(sources.map(({ title, problem }) => [title, problem])).toEqual([
    ["LIVE:NFT", refused.message],
    ["LIVE:V4", undefined],
    ["LIVE:OLD", absent.message],
  ]);
  await expect(played("live:nft", { "live:nft": refused }).rules.all()).rejects.toThrow(refused.message);
  const none = played("nft", { nft: "n" });
  await none.rules.leaveOut("nft");
  await expect(none.rules.all()).rejects.toThrow("All rules are left out");
});
