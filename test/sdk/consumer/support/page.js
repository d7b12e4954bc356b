// What the browser does in the test: verifies a real document and changed ones with the served bundle, and tells.
// Served beside this file, made when the test runs.
const { createProofVerifier } = await import(new URL("consumer.js", location.href).href);

const REPETITIONS = 20;
const json = async (name) => (await fetch(name)).json();

async function run() {
  const [verificationKey, document, changed] = await Promise.all(["key.json", "proof.json", "changed.json"].map(json));
  const started = performance.now();
  const trusted = {
    configDigest: document.configDigest,
    verificationKeyDigest: document.circuit.verificationKeyDigest,
  };
  const verifier = createProofVerifier({ trusted, verificationKey });
  const opened = performance.now();
  const verdict = verifier.verify(document);
  const first = performance.now();
  const times = Array.from({ length: REPETITIONS }, () => {
    const start = performance.now();
    verifier.verify(document);
    return performance.now() - start;
  });
  return {
    userAgent: navigator.userAgent,
    valid: verdict.valid,
    feeds: verdict.valid ? verdict.report.feeds.map(({ name, text }) => `${name} ${text}`) : [],
    refusals: changed.map((other) => {
      const { valid, fault } = verifier.verify(other);
      return valid ? "valid" : fault.code;
    }),
    ms: { open: opened - started, first: first - opened, repeated: times },
  };
}

const result = await run().catch((error) => ({ error: String(error?.stack ?? error) }));
await fetch("result", { method: "POST", body: JSON.stringify(result) });
