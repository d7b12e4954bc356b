import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import {
  type AddressBook,
  contractsOf,
  createAddressBook,
  findAddressBook,
  readAddressBook,
  writeAddressBook,
} from "../../../scripts/deploy/address-book.ts";
import { withCode } from "../../support/error-code.ts";
import { scratchFolder } from "../../support/scratch.ts";

const contract = (digit: string, name: string) => ({
  address: `0x${digit.repeat(40)}` as const,
  contract: `contracts/feeds/${name}.sol:${name}`,
  constructorArguments: "0x" as const,
});

function createBook(): AddressBook {
  const [poseidon, registry] = [contract("1", "PoseidonT6"), contract("2", "CommitteeRegistry")];
  const [hub, court] = [contract("3", "FeedHub"), contract("4", "EquivocationCourt")];
  const desk = contract("6", "RequestDesk");
  return createAddressBook({
    ...{ chainId: 31337, block: 3, commit: "0123abc" },
    contracts: { poseidon, registry, hub, court, desk },
    feeds: [{ id: `0x${"ab".repeat(32)}`, description: "A/B", decimals: 8, proxy: contract("5", "FeedProxy") }],
    configuration: { index: 1, digest: `0x${"cd".repeat(32)}` },
  });
}

describe("the addresses file", () => {
  const folder = scratchFolder();
  const file = path.join(folder, "deployments", "chain-31337.json");

  it("reads what it wrote, and is not touched when nothing changed", async () => {
    const book = createBook();
    assert.equal(await writeAddressBook(file, book), true);
    const { ino } = statSync(file);
    const { format, ...rest } = book;
    const shuffled = { ...Object.fromEntries(Object.entries(rest).reverse()), format } as AddressBook;
    assert.equal(await writeAddressBook(file, shuffled), false);
    assert.equal(statSync(file).ino, ino);
    assert.deepEqual(await readAddressBook(file), book);
    assert.equal(await writeAddressBook(file, { ...book, configuration: null }), true);
    assert.equal((await readAddressBook(file)).configuration, null);
  });

  it("lists all contracts, proxies by their feed", () => {
    assert.deepEqual(
      contractsOf(createBook()).map(([name]) => name),
      ["poseidon", "registry", "hub", "court", "desk", "proxy of A/B"],
    );
  });

  it("tells feeds apart that share a description", () => {
    const book = createBook();
    const [feed] = book.feeds;
    const twin = { ...feed!, id: `0x${"cd".repeat(32)}` as const, api3: contract("7", "Api3Adapter") };
    const alone = { ...feed!, id: `0x${"ef".repeat(32)}` as const, description: "C/D" };
    const all = contractsOf({ ...book, feeds: [feed!, twin, alone] });
    assert.deepEqual(
      all.slice(5).map(([name, { contract }]) => [name, contract.split(":")[1]]),
      [
        [`proxy of A/B (${feed!.id})`, "FeedProxy"],
        [`proxy of A/B (${twin.id})`, "FeedProxy"],
        [`api3 of A/B (${twin.id})`, "Api3Adapter"],
        ["proxy of C/D", "FeedProxy"],
      ],
    );
  });

  it("is missing before the first deployment", async () => {
    const none = path.join(folder, "none.json");
    assert.equal(await findAddressBook(none), undefined);
    await assert.rejects(readAddressBook(none), (error) => {
      assert.match((error as Error).message, /quorate:deploy/);
      return withCode("addresses-missing")(error);
    });
  });

  for (const [name, change, says] of [
    ["another format", (text) => text.replace("deployment.v1", "deployment.v2"), /format: /],
    ["an address that is none", (text) => text.replace("0x22", "0x2"), /contracts\.registry\.address: /],
    [
      "an address in mixed case",
      (text) => text.replace(`"0x${"ab".repeat(32)}"`, `"0x${"AB".repeat(32)}"`),
      /feeds\.0\.id: /,
    ],
    ["a key that it does not know", (text) => text.replace('"block"', '"deployerKey": "0x00", "block"'), /deployerKey/],
    ["a hub too few", (text) => text.replace('"hub"', '"hob"'), /hub|hob/],
    [
      "a feed twice",
      (text) => text.replace(/"feeds": \[([^]*?)\],/, '"feeds": [$1, $1],'),
      /feeds: lists a feed twice/,
    ],
    ["half a file", (text) => text.slice(0, 100), /no JSON/],
  ] satisfies [string, (text: string) => string, RegExp][]) {
    it(`is refused with ${name}`, async () => {
      await writeAddressBook(file, createBook());
      const broken = path.join(folder, "broken.json");
      const text = readFileSync(file, "utf8");
      assert.notEqual(change(text), text);
      writeFileSync(broken, change(text));
      await assert.rejects(readAddressBook(broken), (error) => {
        assert.match((error as Error).message, says);
        return withCode("addresses-malformed")(error);
      });
    });
  }
});
