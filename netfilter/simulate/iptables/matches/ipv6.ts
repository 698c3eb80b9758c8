import type { Passage } from "../../context.js";
import { type Options, readList, readWord } from "../options.js";
import { every, invert, type Test, unsure } from "../test.js";
import type { MakeTest, Matches } from "./define.js";

/** A header that the packet's description has no place for is taken not to be there. */
const absent: MakeTest = () => (passage) => {
  passage.assume("The packet has no IPv6 extension headers but those that its description names.");
  return false;
};

/** A header that the packet has, by its protocol, but whose content is not known. */
const ofProtocol =
  (protocol: number, name: string): MakeTest =>
  (options) => {
    const asked =
      options.nodes.length > 0
        ? unsure(`What the packet's ${name} header says is not known.`, options.span)
        : undefined;
    return every([({ headers }) => headers.protocol === protocol, asked]);
  };

/** Matches on IPv6's extension headers, and on those of IPsec. */
export const extensionMatches: Matches = {
  frag: fragTest,
  hbh: absent,
  dst: absent,
  rt: absent,
  srh: absent,
  ipv6header: headersTest,
  mh: ofProtocol(135, "mobility"),
  ah: ofProtocol(51, "AH"),
  esp: ofProtocol(50, "ESP"),
  ipcomp: ofProtocol(108, "IPComp"),
};

function fragTest(options: Options): Test {
  const id = options.has("fragid") ? unsure("The fragment's id is not known.", options.span) : undefined;
  const [first, more, last] = ["fragfirst", "fragmore", "fraglast"].map((name) => options.has(name));
  return (passage) => {
    const { fragment } = passage.headers;
    if (!fragment || (first && fragment.offset > 0)) return false;
    if ((more && !fragment.more) || (last && fragment.more)) return false;
    return id === undefined ? true : id(passage);
  };
}

/** A bit for each header that `--header` can name. */
const headerBits = {
  hop: 128,
  "hop-by-hop": 128,
  "0": 128,
  dst: 64,
  "ipv6-opts": 64,
  "60": 64,
  route: 32,
  "ipv6-route": 32,
  "43": 32,
  frag: 16,
  "ipv6-frag": 16,
  "44": 16,
  auth: 8,
  ah: 8,
  "51": 8,
  esp: 4,
  "50": 4,
  none: 2,
  "ipv6-nonxt": 2,
  "59": 2,
  prot: 1,
  protocol: 1,
} as const;

function headersTest(options: Options): Test {
  const names = Object.keys(headerBits) as (keyof typeof headerBits)[];
  const words = readList(options.text("header")).map((text) => readWord(text, names));
  const wanted = words.reduce((bits, word) => bits | (word ? headerBits[word] : 0), 0);
  const soft = options.has("soft");
  const test: Test = (passage) => {
    passage.assume("The packet has no IPv6 extension headers but those that its description names.");
    const found = bitsOf(passage);
    return soft ? (found & wanted) === wanted : found === wanted;
  };
  if (!soft || !options.negated("header")) return invert(test, options.negated("header"));
  return (passage) => (bitsOf(passage) & wanted) === 0;
}

function bitsOf({ headers: { protocol, fragment } }: Passage): number {
  const frag = fragment ? headerBits.frag : 0;
  if (protocol === 50) return frag | headerBits.esp;
  if (protocol === 51) return frag | headerBits.auth | headerBits.prot;
  return frag | (protocol === 59 ? headerBits.none : headerBits.prot);
}
