// A dApp's whole part: two digests that it trusts, a key and a document from anywhere, one call.
// The address may name the two files, ?proof=…&key=…, and never what is trusted: links come from anybody.
import { createProofVerifier, type ProofVerdict, type ProvenReport } from "../proof-verifier.ts";
import { TRUSTED } from "./trusted.ts";

const form = element("form", HTMLFormElement);
const verdictBox = element("verdict", HTMLOutputElement);
const feedTable = element("feeds", HTMLTableElement);
const facts = element("facts", HTMLParagraphElement);
const inputs = {
  key: element("key", HTMLInputElement),
  proof: element("proof", HTMLInputElement),
};
const address = new URLSearchParams(location.search);

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new TypeError(`the page has no ${id}`);
}

/** A chosen file, or the one that the address names. */
async function readJson(name: "key" | "proof"): Promise<unknown> {
  const [file] = inputs[name].files ?? [];
  if (file !== undefined) return JSON.parse(await file.text()) as unknown;
  const url = address.get(name);
  if (url === null) throw new TypeError(`choose a ${name} file`);
  return (await fetch(url)).json() as Promise<unknown>;
}

async function judge(change: (json: unknown) => unknown): Promise<void> {
  try {
    const [verificationKey, json] = [await readJson("key"), change(await readJson("proof"))];
    const start = performance.now();
    const verdict = createProofVerifier({ trusted: TRUSTED, verificationKey }).verify(json);
    show(verdict, performance.now() - start);
  } catch (error) {
    // Of the page itself: no file, or a key that is not the trusted one.
    say("invalid", error instanceof Error ? error.message : String(error));
  }
}

function show(verdict: ProofVerdict, ms: number): void {
  const took = `${ms.toFixed(0)} ms in this browser`;
  if (verdict.valid) {
    say("valid", `The proof holds (${took}).`);
    showReport(verdict.report);
  } else say("invalid", `Refused: ${verdict.reason} [${verdict.fault.code}] (${took})`);
}

function showReport({ feeds, observedAt, sequence, chainId, hub, digest }: ProvenReport): void {
  const rows = feeds.map(({ name, id, text }) => {
    const row = document.createElement("tr");
    for (const content of [name ?? id, text]) row.appendChild(document.createElement("td")).textContent = content;
    return row;
  });
  feedTable.tBodies[0]?.replaceChildren(...rows);
  feedTable.hidden = false;
  const time = new Date(observedAt * 1_000).toISOString();
  facts.textContent =
    `Observed at ${time}, sequence ${sequence}, hub ${hub} on chain ${chainId}, report ${digest}. ` +
    "Not shown: that f+1 members signed this very report, that the chain has it, that there is no newer one.";
}

function say(kind: "valid" | "invalid", text: string): void {
  verdictBox.className = kind;
  verdictBox.textContent = text;
  feedTable.hidden = true;
  facts.textContent = "";
}

/** A proof whose first digit is another. */
function tampered(json: unknown): unknown {
  const text = JSON.stringify(json);
  return JSON.parse(
    text.replace(/("proof":\{"a":\[")(\d)/, (_, head: string, digit: string) => `${head}${digit === "1" ? 2 : 1}`),
  );
}

element("configDigest", HTMLElement).textContent = TRUSTED.configDigest;
element("keyDigest", HTMLElement).textContent = TRUSTED.verificationKeyDigest;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void judge((json) => json);
});
element("tamper", HTMLButtonElement).addEventListener("click", () => void judge(tampered));
if (address.has("proof")) await judge(address.has("tamper") ? tampered : (json) => json);
