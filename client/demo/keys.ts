import ssh2 from "ssh2";

/** A new key pair. The library writes one in two hundred so that it cannot read it back: such a pair is thrown away. */
export function newKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
